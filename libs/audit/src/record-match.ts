/**
 * A filter as a question to a record in memory: what is asked of PostgreSQL (record-filter.ts) and what is asked here has the same answer, for any record and any
 * filter (a property test holds them together). For whoever has the record in hand already, such as the live tail.
 */
import ipaddr from 'ipaddr.js';
import type { AuditRecord } from './audit.types';
import { placeOf, type RecordCondition, type RecordField, type RecordFilter, type RecordMatcher } from './record-filter';

type Matches = (record: AuditRecord) => boolean;
type Value = string | number | null;

const valueOf = (field: RecordField, record: AuditRecord): Value => (field === 'requestId' ? record.id : record[field]);

export function matcherOf({ conditions, minDurationMs, maxDurationMs }: RecordFilter): Matches {
  const all: Matches[] = conditions.map(conditionMatches);
  // Rounded as the column rounds.
  const [least, most] = [minDurationMs, maxDurationMs].map((ms) => (ms === null ? null : Math.fround(ms)));
  if (least != null) all.push(({ durationMs }) => durationMs !== null && Math.fround(durationMs) >= least);
  if (most != null) all.push(({ durationMs }) => durationMs !== null && Math.fround(durationMs) <= most);
  return (record) => all.every((holds) => holds(record));
}

function conditionMatches(condition: RecordCondition): Matches {
  const holds = holdsFor(condition);
  return (record) => holds(valueOf(condition.field, record));
}

export function holdsFor({ field, negated, anyOf }: RecordCondition): (value: Value) => boolean {
  const any = anyOf.map((matcher) => valueMatches(matcher, placeOf(field).fold));
  // What has no value does not have that value either.
  return (value) => (value !== null && any.some((holds) => holds(value))) !== negated;
}

function valueMatches(matcher: RecordMatcher, fold: boolean): (value: string | number) => boolean {
  const text = (value: string | number): string => (fold ? String(value).toLowerCase() : String(value));
  switch (matcher.kind) {
    case 'number':
      return (value) => value === matcher.value;
    case 'class':
      return (value) => Math.floor(Number(value) / 100) === matcher.value;
    case 'exact': {
      const wanted = text(matcher.value);
      return (value) => text(value) === wanted;
    }
    case 'among': {
      const ids = new Set(matcher.ids);
      return (value) => ids.has(String(value));
    }
    case 'prefix': {
      const wanted = text(matcher.value);
      return (value) => text(value).startsWith(wanted);
    }
    case 'contains': {
      const wanted = text(matcher.value);
      return (value) => text(value).includes(wanted);
    }
    case 'addressRange': {
      const [first, last] = [bytes(matcher.first), bytes(matcher.last)];
      return (value) => {
        const address = bytes(String(value));
        return address.length === first.length && Buffer.compare(address, first) >= 0 && Buffer.compare(address, last) <= 0;
      };
    }
  }
}

const bytes = (address: string): Buffer => Buffer.from(ipaddr.parse(address).toByteArray());
