/** What people changed. Some ten thousand rows in years: read in one transaction that sees one moment, and from the beginning if it is interrupted. */
import type { Json } from '@pinebill/contract';
import { everyActivity, type ActivityView } from '../../activity';
import { readPeriod } from '../../platform/query';
import type { Column, Row } from '../formats/encoder';
import { Incomplete, oneMoment, periodPlan, type Commission, type Facts, type Part, type Plan, type Sink, type Reading } from './part';

const json = (value: Record<string, unknown> | null): string | null => value && JSON.stringify(value);

const columns: readonly (Column & { value: (view: ActivityView) => string | null })[] = [
  { name: 'id', type: 'text', value: ({ id }) => id },
  { name: 'occurredAt', type: 'instant', value: ({ occurredAt }) => occurredAt },
  { name: 'action', type: 'text', value: ({ action }) => action },
  { name: 'actorType', type: 'text', value: ({ actor }) => actor.type },
  { name: 'actorId', type: 'text', value: ({ actor }) => actor.id },
  { name: 'actorName', type: 'text', value: ({ actor }) => actor.name },
  { name: 'targetType', type: 'text', value: ({ target }) => target.type },
  { name: 'targetId', type: 'text', value: ({ target }) => target.id },
  { name: 'targetName', type: 'text', value: ({ target }) => target.name },
  { name: 'before', type: 'json', value: ({ before }) => json(before) },
  { name: 'after', type: 'json', value: ({ after }) => json(after) },
  { name: 'ip', type: 'text', value: ({ ip }) => ip },
  { name: 'requestId', type: 'text', value: ({ requestId }) => requestId },
];

const rowOf = (view: ActivityView): Row => ({ cells: () => columns.map(({ value }) => value(view)), object: () => view });

export class ActivityPart implements Part {
  readonly name = 'activity';
  readonly fileName = 'activity';

  constructor(private readonly tenant: Reading) {}

  columns(): readonly Column[] {
    return columns;
  }

  plan(commission: Commission): Promise<Plan> {
    return periodPlan(commission, 'occurredAt');
  }

  async write(commission: Commission, _: Plan, __: Json, sink: Sink): Promise<Facts> {
    const { organizationId, request } = commission;
    let [written, first, last] = [0, null as string | null, null as string | null];
    await this.tenant.run(commission, async (tx) => {
      await oneMoment(tx);
      const counted = await everyActivity(tx, { organizationId, ...readPeriod(request.filter) }, async (page) => {
        written += page.length;
        first ??= page[0]?.occurredAt ?? null;
        last = page.at(-1)?.occurredAt ?? last;
        await sink.rows(page.map(rowOf));
        await sink.reached(page.length, null);
      });
      if (written !== counted) throw new Incomplete(written, counted);
    });
    return { firstOccurredAt: first, lastOccurredAt: last };
  }
}
