/**
 * The template that a report in Markdown or PDF is made by: Markdown, with placeholders. A value takes the place of its placeholder after the template was
 * read, so nothing in a value can act as Markdown, or as another placeholder.
 */
import { parseMarkdown } from '@pinebill/contract';
import type { IncidentReport } from './incident-report';
import { bold, heading, italic, paragraph, plain, type Block, type Cell, type Span } from './report-document';
import type { SignedManifest } from './report-manifest';
import { manifestSection } from './manifest-section';
import * as sections from './report-sections';
import { duration, moment, originText, personName, stepName } from './report-values';

export type Told = { report: IncidentReport; signed: SignedManifest };

/** Within a line. */
const values: Readonly<Record<string, (report: IncidentReport) => string>> = {
  title: ({ incident }) => incident.title,
  number: ({ incident }) => String(incident.number),
  id: ({ incident }) => incident.id,
  severity: ({ incident }) => incident.severity,
  state: ({ incident }) => stepName(incident.state),
  organization: ({ organization }) => organization.name,
  openedAt: ({ incident }) => moment(incident.openedAt),
  openedBy: ({ incident }) => personName(incident.openedBy),
  openedFrom: originText,
  assignee: ({ incident }) => personName(incident.assignee),
  lookedAt: ({ incident }) => moment(incident.lookedAt),
  containedAt: ({ incident }) => moment(incident.containedAt),
  closedAt: ({ incident }) => moment(incident.closedAt),
  closedBy: ({ incident }) => personName(incident.closedBy),
  timeToLook: ({ times }) => duration(times.toLookSeconds),
  timeToContain: ({ times }) => duration(times.toContainSeconds),
  timeToClose: ({ times }) => duration(times.toCloseSeconds),
  evidenceCount: ({ evidence }) => String(evidence.length),
  asOf: ({ asOf }) => moment(asOf),
};

const { summary, steps, contained, replacements, services, extent, rootCause, impact, lessons, followUps, notes, timeline, evidence } =
  sections;
/** Alone on a line. */
const blocks: Readonly<Record<string, (told: Told) => Block[]>> = {
  ...Object.fromEntries(
    Object.entries({
      summary,
      steps,
      contained,
      replacements,
      services,
      extent,
      rootCause,
      impact,
      lessons,
      followUps,
      notes,
      timeline,
      evidence,
    }).map(([name, section]) => [name, ({ report }: Told) => section(report)]),
  ),
  manifest: ({ signed }) => manifestSection(signed),
};

export const valueNames = Object.keys(values);
export const blockNames = Object.keys(blocks);

export const standardTemplate = `# Incident {{number}}: {{title}}

{{summary}}

## Root cause

{{rootCause}}

## Impact

{{impact}}

## Lessons

{{lessons}}

## Follow-ups

{{followUps}}

## The six steps

{{steps}}

## What was contained

{{contained}}

## New keys

{{replacements}}

## Affected services

{{services}}

## Extent of the breach

{{extent}}

## Timeline

{{timeline}}

## Notes

{{notes}}

## Evidence

{{evidence}}

## Manifest

{{manifest}}
`;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Null: it can be used; else what is wrong with it, in words that name the placeholder. */
export function faultOf(template: string): string | null {
  const names = new Set([...template.matchAll(placeholder)].map(([, name = '']) => name));
  const unknown = [...names].filter((name) => !Object.hasOwn(values, name) && !Object.hasOwn(blocks, name));
  if (unknown.length > 0)
    return `does not know ${unknown.map((name) => `{{${/^[\w#/.-]{1,40}$/.test(name) ? name : '…'}}}`).slice(0, 5).join(', ')}. Known within a line are ${valueNames.join(', ')}; alone on a line ${blockNames.join(', ')}`; // prettier-ignore
  const inLine = [...names].find((name) => Object.hasOwn(blocks, name) && !standsAlone(template, name));
  return inLine === undefined
    ? null
    : `takes {{${inLine}}} alone on a line, at the beginning of it, and not within a list, a quote, a table or code`;
}

/** Everywhere it stands, and where it is read as a paragraph. */
function standsAlone(template: string, name: string): boolean {
  const all = [...template.matchAll(placeholder)].filter(([, found]) => found === name).length;
  return parseMarkdown(template).filter((block) => blockIn(block) === name).length === all;
}

function blockIn(block: Block): string | null {
  if (block.kind !== 'paragraph' || block.lines.length !== 1) return null;
  const text = (block.lines[0] ?? []).map((span) => span.text).join('');
  const [, name = ''] = /^\{\{\s*(\w+)\s*\}\}$/.exec(text.trim()) ?? [];
  return Object.hasOwn(blocks, name) ? name : null;
}

export function documentOf(template: string, told: Told): Block[] {
  const read = parseMarkdown(template).flatMap((block): Block[] => {
    const name = blockIn(block);
    return name === null ? [filled(block, told.report)] : (blocks[name]?.(told) ?? []);
  });
  return [...drillMark(told.report), ...read];
}

/** Whatever the template says: nobody may take a rehearsal for a breach. */
const drillMark = ({ incident }: IncidentReport): Block[] =>
  incident.drill
    ? [
        {
          kind: 'quote',
          lines: [[bold('Fire drill.'), plain(' This incident was a rehearsal: its traffic was made for it, and nobody was in danger.')]],
        },
      ]
    : [];

function filled(block: Block, report: IncidentReport): Block {
  const spans = (all: readonly Span[]): Span[] => all.map((span) => ({ ...span, text: withValues(span.text, report) }));
  const cell = (lines: Cell): Cell => lines.map(spans);
  switch (block.kind) {
    case 'heading':
      return { ...block, spans: spans(block.spans) };
    case 'paragraph':
    case 'quote':
      return { ...block, lines: cell(block.lines) };
    case 'list':
      return { ...block, items: block.items.map(spans) };
    case 'code':
      return { ...block, lines: block.lines.map((line) => withValues(line, report)) };
    case 'table':
      return {
        ...block,
        columns: block.columns.map((column) => ({ ...column, title: withValues(column.title, report) })),
        rows: block.rows.map((row) => row.map(cell)),
      };
    case 'rule':
      return block;
  }
}

const withValues = (text: string, report: IncidentReport): string =>
  text.replaceAll(placeholder, (whole, name: string) => (Object.hasOwn(values, name) ? values[name]?.(report) || '–' : whole));

/** Of a template that became unreadable by an update of the product: the report says so, and is made by the standard one. */
export const withFault = (document: Block[], fault: string): Block[] => [
  heading(3, 'The template could not be used'),
  paragraph(italic(`It ${fault}. The standard template was used instead.`)),
  ...document,
];
