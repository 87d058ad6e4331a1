/** A report as the file that somebody downloads. */
import type { IncidentReport } from './incident-report';
import { renderMarkdown } from './render-markdown';
import { renderPdf } from './render-pdf';
import { renderJson, type ReportKind, type SignedManifest } from './report-manifest';
import { documentOf, faultOf, standardTemplate, withFault } from './report-template';

export const reportFormats = ['json', 'markdown', 'pdf'] as const;
export type ReportFormat = (typeof reportFormats)[number];
export type ReportFile = { name: string; type: string; bytes: Buffer };

const formats: Record<ReportFormat, { ending: string; type: string }> = {
  json: { ending: 'json', type: 'application/json' },
  markdown: { ending: 'md', type: 'text/markdown; charset=utf-8' },
  pdf: { ending: 'pdf', type: 'application/pdf' },
};

export type AskedReport = { format: ReportFormat; kind: ReportKind; signed: SignedManifest; template: string | null };

export async function reportFile(report: IncidentReport, asked: AskedReport): Promise<ReportFile> {
  const { ending, type } = formats[asked.format];
  return { name: `${fileName(report, asked.kind)}.${ending}`, type, bytes: await bytesOf(report, asked) };
}

async function bytesOf(report: IncidentReport, { format, kind, signed, template }: AskedReport): Promise<Buffer> {
  const json = renderJson(report, signed);
  if (format === 'json') return Buffer.from(json);
  const document = documentBy(template ?? standardTemplate, { report, signed });
  if (format === 'markdown') return Buffer.from(renderMarkdown(document));
  const { incident, organization } = report;
  const title = `Incident #${incident.number}: ${incident.title}`;
  return renderPdf(document, {
    title,
    head: kind === 'pinebill-support-packet' ? `Support packet · ${title}` : title,
    mark: incident.drill ? 'FIRE DRILL' : null,
    foot: `${organization.name} · ${incident.id}`,
    at: new Date(report.asOf),
    attachment: { name: `${fileName(report, kind)}.json`, text: json },
  });
}

/** A template that an update of the product has made unusable keeps nobody from their report. */
function documentBy(template: string, told: { report: IncidentReport; signed: SignedManifest }) {
  const fault = faultOf(template);
  return fault === null ? documentOf(template, told) : withFault(documentOf(standardTemplate, told), fault);
}

/** `incident-12-production-api-used-from-203-0-113-7`. In a packet the title may say more than its reader should know at a glance. */
function fileName({ incident }: IncidentReport, kind: ReportKind): string {
  const number = `incident-${incident.number}`;
  if (kind === 'pinebill-support-packet') return `support-packet-${number}`;
  const words = incident.title.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().match(/[a-z0-9]+/g) ?? []; // prettier-ignore
  return [number, ...words].join('-').slice(0, 80).replace(/-+$/, '');
}
