/**
 * Figures by address from the roll-ups. There may be thousands of addresses in a day, of which a few are told apart, and to read an address takes longer than to add its
 * counters up: so the requests of each are counted first, by its text; whoever stays under "others" is not looked at again, but is what all have and the told ones have not.
 */
import { addressTexts, figures, noLines, ofCounters, recounted, startSql, type Asked, type Minutes } from './stats-sql';
import { conditionSql, type Parameters, type RecordCondition } from './record-filter';
import { OTHER_ADDRESSES, type Level } from './rollup-shape';

export type Parts = {
  /** Parts of minutes, counted over their rows. */
  ends: { from: Date; to: Date }[];
  counters: ({ level: Level } & Minutes)[];
};

const sums = figures.map((name) => `sum(${name}) as ${name}`).join(', ');
const columns = (table: string): string => figures.map((name) => `${table}.${name}`).join(', ');
const less = figures.map((name) => `w.${name} - coalesce(t.${name}, 0) as ${name}`).join(', ');

const ipSql = (value: string): string => `nullif(nullif(${value}, ''), '${OTHER_ADDRESSES}')::inet`;

/** Of those that are told apart: what is no address is null. Written so that it can be looked up. */
const same = (table: string): string => `coalesce(r.grouped, '') = coalesce(${table}.grouped, '')`;

/** With the columns `grouped`, `folded`, `start` and the figures: as of any other group (stats.reader.ts). */
export function addressLines(asked: Asked, { ends, counters }: Parts, mostGroups: string, parameters: Parameters): string {
  const [onAddress, others] = [true, false].map((is) => asked.filter.conditions.filter(({ field }) => (field === 'ip') === is)) as [RecordCondition[], RecordCondition[]]; // prettier-ignore
  const filter = { ...asked.filter, conditions: others };
  const texts = addressTexts(asked.filter);
  const wanted = (): string | null => texts && parameters.add(texts, 'text[]');
  const chosen = (): string => 'array(select value from chosen)';
  const start = startSql('u.minute', asked.interval);
  const each = (dimension: 'address' | 'status', selected: string, values: () => string | null = () => null): string =>
    counters
      .map((part) => `select ${selected} ${ofCounters({ ...asked, filter }, { dimension, ...part }, parameters, values())}`)
      .join(' union all ') || `select ${selected} from audit_rollup u where false`;
  const own = `u.value, ${start} as start, ${columns('u')}`;
  const conditions = onAddress.map((condition) => conditionSql(condition, () => 'a.ip', parameters)).join(' and ') || 'true';
  // Every request has one counter in each dimension, and there are fewest by status.
  const all =
    onAddress.length > 0
      ? `select ${columns('u')}, u.start from (${each('address', own, wanted)}) u join named n on n.value = u.value`
      : each('status', `${columns('u')}, ${start} as start`);
  return `with called as materialized (select value, sum(requests) as requests from (${each('address', 'u.value, u.requests', wanted)}) u group by 1),
     ends as materialized (${ends.map((end) => recounted(asked, end, parameters)).join(' union all ') || noLines}),
     named as materialized (select a.value, host(a.ip) as grouped, a.value = '${OTHER_ADDRESSES}' as others, a.requests
       from (select *, ${ipSql('value')} as ip from called offset 0) a where ${conditions}),
     total as (select grouped, others, sum(requests) as requests
       from (select grouped, others, requests from named union all select grouped, false, requests from ends) n group by 1, 2),
     ranked as materialized (select grouped, others or row_number() over (order by others, requests desc, grouped) > ${mostGroups} as folded from total),
     chosen as materialized (select n.value from named n join ranked r on ${same('n')} where not n.others and not r.folded),
     told as materialized (select grouped, start, ${sums} from (
       select host(${ipSql('s.value')}) as grouped, s.start, ${columns('s')} from (select value, start, ${sums} from (${each('address', own, chosen)}) u group by 1, 2) s
       union all select e.grouped, e.start, ${columns('e')} from ends e join ranked r on ${same('e')} where not r.folded) p group by 1, 2),
     whole as (select start, ${sums} from (${all} union all select ${columns('e')}, e.start from ends e) p group by 1)
     select grouped, false as folded, start, ${figures.join(', ')} from told
     union all select null, true, start, ${less} from whole w left join (select start, ${sums} from told group by 1) t using (start)
       where exists (select from ranked where folded) and w.requests > coalesce(t.requests, 0)`;
}
