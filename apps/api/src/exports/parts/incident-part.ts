/**
 * Incidents that were opened in the period, each whole: with the text that its manifest was made of, so that whoever hashes it again gets the sum beside it. An
 * incident that is open is as it was at that moment.
 */
import { createHash } from 'node:crypto';
import type { Json } from '@pinebill/contract';
import { evidenceLines, factsText, reportOf, type IncidentReport } from '../../incident-response';
import { typeId } from '../../platform/ids';
import { readPeriod } from '../../platform/query';
import type { Column, Row } from '../formats/encoder';
import { oneMoment, type Commission, type Facts, type Part, type Plan, type Reading, type Sink } from './part';

type Told = { report: IncidentReport; facts: string; evidence: string };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const columns: readonly (Column & { value: (told: Told) => string | number | null })[] = [
  { name: 'id', type: 'text', value: ({ report }) => report.incident.id },
  { name: 'number', type: 'integer', value: ({ report }) => report.incident.number },
  { name: 'title', type: 'text', value: ({ report }) => report.incident.title },
  { name: 'severity', type: 'text', value: ({ report }) => report.incident.severity },
  { name: 'state', type: 'text', value: ({ report }) => report.incident.state },
  { name: 'drill', type: 'text', value: ({ report }) => String(report.incident.drill) },
  { name: 'openedAt', type: 'instant', value: ({ report }) => report.incident.openedAt },
  { name: 'openedByName', type: 'text', value: ({ report }) => report.incident.openedBy.name },
  { name: 'lookedAt', type: 'instant', value: ({ report }) => report.incident.lookedAt },
  { name: 'containedAt', type: 'instant', value: ({ report }) => report.incident.containedAt },
  { name: 'closedAt', type: 'instant', value: ({ report }) => report.incident.closedAt },
  { name: 'closedByName', type: 'text', value: ({ report }) => report.incident.closedBy?.name ?? null },
  { name: 'rootCause', type: 'text', value: ({ report }) => report.rootCause },
  { name: 'impact', type: 'text', value: ({ report }) => report.impact },
  { name: 'lessons', type: 'text', value: ({ report }) => report.lessons },
  { name: 'evidenceRows', type: 'integer', value: ({ report }) => report.evidence.length },
  { name: 'evidenceSha256', type: 'text', value: ({ evidence }) => sha256(evidence) },
  { name: 'evidence', type: 'text', value: ({ evidence }) => evidence },
  { name: 'reportSha256', type: 'text', value: ({ facts }) => sha256(facts) },
  { name: 'report', type: 'text', value: ({ facts }) => facts },
];

const rowOf = (told: Told): Row => ({
  cells: () => columns.map(({ value }) => value(told)),
  object: () => Object.fromEntries(columns.map(({ name, value }) => [name, value(told)])),
});

type Listed = { id: string; opened_at: Date };

export class IncidentPart implements Part {
  readonly name = 'incidents';
  readonly fileName = 'incidents';

  constructor(private readonly tenant: Reading) {}

  columns(): readonly Column[] {
    return columns;
  }

  async plan(commission: Commission): Promise<Plan> {
    const { from, to } = readPeriod(commission.request.filter);
    const hidden: Facts = commission.hidesAnonymous ? { hidden: 'rows of evidence that belong to nobody' } : {};
    return {
      rows: (await this.list(commission)).length,
      facts: { order: 'openedAt', period: { from: from?.toISOString() ?? null, to: to?.toISOString() ?? null }, ...hidden },
    };
  }

  /** One after the other: each may hold 1,000 records. */
  async write(commission: Commission, _: Plan, after: Json, sink: Sink): Promise<Facts> {
    const listed = await this.list(commission);
    const begun = typeof after === 'string' ? listed.findIndex(({ id }) => id === after) + 1 : 0;
    for (const { id } of listed.slice(begun)) {
      await sink.rows([rowOf(await this.told(commission, id))]);
      await sink.reached(1, id);
    }
    return { incidents: listed.map(({ id }) => typeId('inc', id)) };
  }

  private list(commission: Commission): Promise<Listed[]> {
    const { from, to } = readPeriod(commission.request.filter);
    return this.tenant.run(commission, (tx) =>
      tx.query<Listed[]>(
        `select id, opened_at from incident where organization_id = $1 and ($2::timestamptz is null or opened_at >= $2)
           and ($3::timestamptz is null or opened_at < $3) order by opened_at, id`,
        [commission.organizationId, from, to],
      ),
    );
  }

  private told({ organizationId, hidesAnonymous }: Commission, id: string): Promise<Told> {
    return this.tenant.run({ organizationId }, async (tx) => {
      await oneMoment(tx);
      const [row] = await tx.query<{ now: Date }[]>('select now()');
      const report = await reportOf(tx, { organizationId }, { id, now: row?.now ?? new Date(), hidesAnonymous });
      return { report, facts: factsText(report), evidence: evidenceLines(report) };
    });
  }
}
