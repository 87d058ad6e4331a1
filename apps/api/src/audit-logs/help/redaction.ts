/** What is left out of whatever is handed to somebody from outside: the bundle of one failure, and the packet of an incident. */
import { normalNetwork } from '@pinebill/contract';

const redacted = '[redacted]';

/** The parameters of a query, without their values. */
export const namesOnly = (query: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.keys(query).map((name) => [name, redacted]));

/** `203.0.113.0/24`, `2001:db8::/48`: where from, not who. */
export const networkAround = (ip: string | null): string | null => ip && normalNetwork(`${ip}/${ip.includes(':') ? 48 : 24}`);
