/** What a client of the live tail asks for: the filter of the list, and where it had come to. */
import { logFilterParameters } from '@pinebill/contract';
import { invalidField, readQuery } from '../../platform/query';
import { readLogFilter, type LogQuery } from '../log-query';

export type TailQuery = Pick<LogQuery, 'filter' | 'from' | 'to'> & { lastEventId: number | null };

export function readTailQuery(parameters: unknown, lastEventId: string | string[] | undefined): TailQuery {
  return { ...readLogFilter(readQuery(parameters, logFilterParameters)), lastEventId: readId(lastEventId) };
}

/** A browser that has seen no id sends none, and some libraries an empty one. */
function readId(header: string | string[] | undefined): number | null {
  if (header === undefined || header === '') return null;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw invalidField({ pointer: 'Last-Event-ID', rule: 'format', expected: 'the id of an event of this stream, a whole number' });
}
