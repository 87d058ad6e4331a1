/**
 * Which other keys were used from the addresses that some keys were used from: somebody who has one key may have more. Through the index by address, one
 * address after the other; of everybody's rows there so many at the most.
 *
 * `db` is inside the organization's transaction.
 */
import type { Queryable } from '../audit.types';
import { Parameters } from '../record-filter';
import { inPeriod, roomToCount, type KeysAndPeriod } from './extent-rows';

export type ReadNeighbourKeys = KeysAndPeriod & {
  /** Those of the keys in this time, in the order in which they are looked at. */
  addresses: readonly { address: string; known: boolean }[];
  mostRows: number;
  mostKeys: number;
};
export type NeighbourKey = {
  apiKeyId: string;
  requests: number;
  /** From addresses that are not known. */
  fromNew: number;
  addressCount: number;
  newAddressCount: number;
  /** A hundred at the most, the new ones first. */
  addresses: string[];
  firstAt: Date;
  lastAt: Date;
};
export type NeighbourKeys = {
  /** Those with the most requests from new addresses first. */
  keys: NeighbourKey[];
  total: number;
  /** False: there were more rows than are read; counts are at least that. */
  complete: boolean;
};

const MOST_ADDRESSES = 100;

export async function readNeighbourKeys(db: Queryable, read: ReadNeighbourKeys): Promise<NeighbourKeys> {
  const of: KeysAndPeriod = read;
  if (read.addresses.length === 0 || of.from >= of.to) return { keys: [], total: 0, complete: true };
  await roomToCount(db);
  const parameters = new Parameters();
  const own = inPeriod(of, parameters);
  const most = parameters.add(read.mostRows, 'int');
  const rows = await db.query(
    `with met as materialized (
       select a.ip, a.known, l.caller_no, l.occurred_at
       from unnest(${parameters.add(
         read.addresses.map(({ address }) => address),
         'inet[]',
       )}, ${parameters.add(
         read.addresses.map(({ known }) => known),
         'boolean[]',
       )}) a (ip, known)
         cross join lateral (select l.caller_no, l.occurred_at from audit_log l where l.organization_id = ${own.organization} and l.occurred_at >= ${own.from} and ${own.rest} and l.ip = a.ip offset 0) l
       limit ${most}),
     told as (
       select c.api_key_id, m.ip, m.known, count(*) as requests, min(m.occurred_at) as first_at, max(m.occurred_at) as last_at
       from met m join audit_caller c on c.organization_id = ${own.organization} and c.no = m.caller_no
       where c.api_key_id is not null and c.api_key_id <> all(${parameters.add(of.apiKeyIds, 'uuid[]')}) group by 1, 2, 3),
     met_key as (
       select api_key_id, sum(requests) as requests, coalesce(sum(requests) filter (where not known), 0) as from_new, count(*) as address_count, count(*) filter (where not known) as new_address_count,
         (array_agg(host(ip) order by known, requests desc, ip))[1:${MOST_ADDRESSES}] as addresses, min(first_at) as first_at, max(last_at) as last_at
       from told group by 1)
     select h.*, k.* from (select (select count(*) from met) < ${most} as complete, (select count(*) from met_key) as total) h left join (
       select * from met_key order by from_new desc, requests desc, api_key_id limit ${parameters.add(read.mostKeys, 'int')}) k on true
     order by k.from_new desc, k.requests desc, k.api_key_id`,
    parameters.values,
  );
  const [first] = rows;
  return {
    keys: rows.filter((row) => row['api_key_id'] !== null).map(toKey),
    total: Number(first?.['total'] ?? 0),
    complete: first?.['complete'] === true,
  };
}

/** The types are those of the statement above. */
const toKey = (row: Record<string, unknown>): NeighbourKey => ({
  apiKeyId: row['api_key_id'] as string,
  requests: Number(row['requests']),
  fromNew: Number(row['from_new']),
  addressCount: Number(row['address_count']),
  newAddressCount: Number(row['new_address_count']),
  addresses: row['addresses'] as string[],
  firstAt: row['first_at'] as Date,
  lastAt: row['last_at'] as Date,
});
