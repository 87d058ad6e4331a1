/** Certificates of what retention has purged: with the log itself they account for every number that was ever given. */
import type { Json } from '@pinebill/contract';
import { certificatesOf, type PurgeCertificateView } from '../../retention';
import { readPeriod } from '../../platform/query';
import { parseId } from '../../platform/ids';
import type { Column, Row } from '../formats/encoder';
import { periodPlan, type Commission, type Facts, type Part, type Plan, type Reading, type Sink } from './part';

type Value = (view: PurgeCertificateView) => string | number | null;
const columns: readonly (Column & { value: Value })[] = [
  { name: 'id', type: 'text', value: ({ id }) => id },
  { name: 'beganAt', type: 'instant', value: ({ beganAt }) => beganAt },
  { name: 'endedAt', type: 'instant', value: ({ endedAt }) => endedAt },
  { name: 'how', type: 'text', value: ({ how }) => how },
  { name: 'cutoffAt', type: 'instant', value: ({ cutoffAt }) => cutoffAt },
  { name: 'policy', type: 'json', value: ({ policy }) => JSON.stringify(policy) },
  { name: 'records', type: 'integer', value: ({ records }) => records },
  { name: 'sequences', type: 'json', value: ({ sequences }) => JSON.stringify(sequences) },
  { name: 'firstSequence', type: 'integer', value: ({ firstSequence }) => firstSequence },
  { name: 'lastSequence', type: 'integer', value: ({ lastSequence }) => lastSequence },
  { name: 'oldestAt', type: 'instant', value: ({ oldestAt }) => oldestAt },
  { name: 'newestAt', type: 'instant', value: ({ newestAt }) => newestAt },
  { name: 'others', type: 'json', value: ({ others }) => JSON.stringify(others) },
  { name: 'by', type: 'text', value: ({ by }) => by },
];
const rowOf = (view: PurgeCertificateView): Row => ({ cells: () => columns.map(({ value }) => value(view)), object: () => view });

const PAGE = 200;
type Position = { at: Date; id: string };

export class PurgePart implements Part {
  readonly name = 'purgeCertificates';
  readonly fileName = 'purge-certificates';

  constructor(private readonly tenant: Reading) {}

  columns(): readonly Column[] {
    return columns;
  }

  plan(commission: Commission): Promise<Plan> {
    return periodPlan(commission, 'endedAt');
  }

  /** Two or three a night: a few pages in years, each from where the one before ended. */
  async write(commission: Commission, _: Plan, __: Json, sink: Sink): Promise<Facts> {
    const asked = { organizationId: commission.organizationId, ...readPeriod(commission.request.filter), limit: PAGE };
    let rows = 0;
    for (let after: Position | null = null, more = true; more;) {
      const page: PurgeCertificateView[] = await this.tenant.run(commission, (tx) => certificatesOf(tx, { ...asked, after }));
      await sink.rows(page.map(rowOf));
      rows += page.length;
      const last = page.at(-1);
      more = page.length === PAGE && last !== undefined;
      if (last) after = { at: new Date(last.endedAt), id: parseId('pcr', last.id) ?? '' };
    }
    await sink.reached(rows, null);
    return {};
  }
}
