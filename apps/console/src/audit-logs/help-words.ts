/** Small words of the help beside a record. */
import type { LogHelp } from '../api-types';

/** `0.4 s`, `12 s`, `3 min`. */
export function seconds(count: number): string {
  if (count < 9.95) return `${count.toFixed(1).replace(/\.0$/, '')} s`;
  return count < 120 ? `${Math.round(count)} s` : `${Math.round(count / 60)} min`;
}

export type ContactLink = { href: string; label: string };

/** Whom to ask: a mail that names the request, or the page of whoever helps. */
export function contactLinks({ kind, addresses }: NonNullable<LogHelp['failure']>['contact'], requestId: string): ContactLink[] {
  if (kind === 'url') return addresses.map((address) => ({ href: address, label: address }));
  const subject = encodeURIComponent(`PineBill request ${requestId}`);
  return addresses.map((address) => ({ href: `mailto:${address}?subject=${subject}`, label: address }));
}
