/** The requests behind a figure of an address, as a query of the log: the same time, the same callers, people too. */
import type { LogField } from '@pinebill/contract';
import type { AddressView } from '../api-types';
import { emptyQuery, narrowed, showEverybody, type LogQuery } from '../audit-logs/log-query';

export type Conditions = Partial<Record<LogField, string>>;

export function rowsOf(
  { address, network, to }: Pick<AddressView, 'address' | 'network' | 'to'>,
  from: string,
  conditions: Conditions,
): LogQuery {
  return narrowed(showEverybody({ ...emptyQuery, from, to }), { ip: address ?? network, ...conditions });
}

export const callerConditions = (actorType: AddressView['callers'][number]['actorType'], apiKey: { id: string } | null): Conditions =>
  apiKey ? { apiKeyId: apiKey.id } : { actorType };
