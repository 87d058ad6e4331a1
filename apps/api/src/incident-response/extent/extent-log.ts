/** Everything that the extent reads of the log: each row of the keys is read twice, by two connections at a time, and once more where the start has to be found first. */
import { everyRecord, readExtent, readFirstUses, readFirstWrite, readNeighbourKeys, readStats, readTouchedResources, type Extent, type FirstUse, type KnownUse, type NeighbourKeys, type RecordFilter, type TouchedResources } from '@pinebill/nestjs-audit'; // prettier-ignore
import type { EntityManager } from 'typeorm';
import { familyOf } from '../../hygiene';
import { suggestStart, type Suggestion, type Use } from './usual-use';

export type AskedExtent = {
  organizationId: string;
  apiKeyIds: readonly string[];
  /** Null: where it is suggested. */
  from: Date | null;
  to: Date;
  /** What began before is not shown. */
  begins: Date;
};
export type FoundExtent = {
  from: Date;
  suggestion: Suggestion;
  comparedFrom: Date;
  exact: boolean;
  /** Programs that were seen before the period. */
  programs: ReadonlySet<string>;
  extent: Extent;
  neighbours: NeighbourKeys;
};

/** Counted while somebody waits: a million takes a second or two. */
const MOST_ROWS = 3_000_000;
const MOST_USES = 50_000;
const MOST_GROUPS = 200;
const MOST_RESOURCES = 100;
const MOST_NEIGHBOUR_ROWS = 100_000;
const MOST_OTHER_KEYS = 100;
const MOST_HOURS = 20_000;

export type FoundPeriod = { organizationId: string; apiKeyIds: readonly string[]; from: Date; to: Date };

export const readResources = (tx: EntityManager, period: FoundPeriod): Promise<TouchedResources[]> =>
  readTouchedResources(tx, { ...period, mostOfEach: MOST_RESOURCES });

/** `onPeriod`: as soon as it is known from when on, and before the most of the work. */
export async function readFoundExtent(
  tx: EntityManager,
  asked: AskedExtent,
  onPeriod: (period: FoundPeriod) => void,
): Promise<FoundExtent> {
  const { organizationId, apiKeyIds, begins, to } = asked;
  const hours = await hoursOf(tx, asked);
  const since = sinceWhen(hours, begins);
  const keys = { organizationId, apiKeyIds };
  const firstWriteAt = await readFirstWrite(tx, { ...keys, from: since, to });
  const suggest = (uses: readonly FirstUse[]): Suggestion => suggestStart({ uses: uses.map(usedAs), hours, firstWriteAt, to });
  const asksFrom = asked.from && later(asked.from, since);
  const early = await readFirstUses(tx, { ...keys, from: since, to: asksFrom ?? to, most: MOST_USES });
  const from = asksFrom ?? suggest(early.uses).suggestedFrom ?? since;
  const before = early.uses.filter(({ firstAt }) => firstAt < from);
  const period = { ...keys, from, to };
  onPeriod(period);
  const extent = await readExtent(tx, { ...period, known: knownOf(before), mostGroups: MOST_GROUPS, mostUses: MOST_USES });
  const addresses = inOrder(extent, before);
  const neighbours = await readNeighbourKeys(tx, { ...period, addresses, mostRows: MOST_NEIGHBOUR_ROWS, mostKeys: MOST_OTHER_KEYS });
  return {
    ...{ from, comparedFrom: since, extent, neighbours },
    suggestion: suggest(asksFrom ? [...early.uses, ...extent.firstUses.uses] : early.uses),
    exact: since <= begins && early.complete && extent.firstUses.complete,
    programs: new Set(before.flatMap(({ kind, value }) => (kind === 'agent' ? [familyOf(value)] : []))),
  };
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);

type Hours = { from: Date; requests: number }[];

/** By the roll-ups; the oldest first. */
async function hoursOf(tx: EntityManager, { organizationId, apiKeyIds, begins, to }: AskedExtent): Promise<Hours> {
  if (begins >= to || apiKeyIds.length === 0) return [];
  const asked = { organizationId, filter: byKeys(apiKeyIds), groupBy: null, from: begins, to, intervalMinutes: 60 };
  const { lines } = await readStats(tx, { ...asked, mostGroups: 1, mostLines: MOST_HOURS, mostRows: MOST_ROWS });
  return lines;
}

export const byKeys = (ids: readonly string[]): RecordFilter => ({
  ...everyRecord,
  conditions: [{ field: 'apiKeyId', negated: false, anyOf: ids.map((value) => ({ kind: 'exact', value })) }],
});

/** The newest hours that hold no more than can be read. */
function sinceWhen(hours: Hours, begins: Date): Date {
  let rows = 0;
  for (const { from, requests } of [...hours].reverse()) {
    rows += requests;
    if (rows > MOST_ROWS) return later(new Date(from.getTime() + 3_600_000), begins);
  }
  return begins;
}

function usedAs({ kind, value, network, firstAt }: FirstUse): Use {
  if (kind === 'address') return { kind: 'network', value: network, firstAt };
  return kind === 'agent' ? { kind: 'program', value: familyOf(value), firstAt } : { kind, value, firstAt };
}

function knownOf(uses: readonly FirstUse[]): KnownUse {
  const all = (kind: FirstUse['kind'], of: (use: FirstUse) => string | null = ({ value }) => value): string[] => [
    ...new Set(uses.flatMap((use) => (use.kind === kind ? [of(use) ?? ''] : []))),
  ];
  return { addresses: all('address'), networks: all('address', ({ network }) => network), countries: all('country'), agents: all('agent') };
}

/** The new ones first, then those that were seldom used: a busy office is looked through last. */
function inOrder({ firstUses }: Extent, before: readonly FirstUse[]): { address: string; known: boolean }[] {
  const known = new Set(knownOf(before).addresses);
  return firstUses.uses
    .flatMap(({ kind, value, requests }) =>
      kind === 'address' && value !== null ? [{ address: value, known: known.has(value), requests }] : [],
    )
    .sort((a, b) => Number(a.known) - Number(b.known) || a.requests - b.requests || (a.address < b.address ? -1 : 1));
}
