/**
 * What a rule would have refused, over requests that were let in. The log is summed up by place, key and kind of program, and each sum is put to
 * the same function that stands at the door: so the answer is what a replay of the requests would refuse, not an imitation of it in SQL.
 */
import { refusedByPlace, type PlaceRefusal, type PlaceRule } from '@pinebill/contract';
import ipaddr from 'ipaddr.js';

/** Whoever was let in this short a time ago is calling now. */
export const RECENT_MS = 15 * 60_000;

/** Requests of one key from one address with one kind of program, summed up. */
export type CallerSum = {
  ip: string | null;
  country: string | null;
  api_key_id: string;
  agent: string | null;
  requests: number;
  last_seen: Date;
};

export type RefusedCaller = {
  apiKeyId: string;
  network: string | null;
  ip: string | null;
  userAgent: string | null;
  country: string | null;
  reason: PlaceRefusal;
  requests: number;
  lastSeenAt: Date;
};

/** The addresses that one caller usually has to itself: /24 of IPv4, /64 of IPv6. */
export function networkOf(ip: string | null): string | null {
  if (ip === null) return null;
  const address = ipaddr.process(ip);
  const kind = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  const bits = address.kind() === 'ipv4' ? 24 : 64;
  return `${kind.networkAddressFromCIDR(`${address.toString()}/${bits}`).toString()}/${bits}`;
}

export class WhatIf {
  accepted = 0;
  refused = 0;
  private readonly found = new Map<string, RefusedCaller>();

  constructor(
    private readonly rule: PlaceRule,
    /** Whom this rule refuses already, the other one does not lock out. Null: not asked for. */
    private readonly current: PlaceRule | null = null,
  ) {}

  get callers(): number {
    return this.found.size;
  }

  add(sums: readonly CallerSum[]): void {
    for (const sum of sums) {
      this.accepted += sum.requests;
      const reason = refusedByPlace(sum, this.rule);
      if (reason === null || (this.current !== null && refusedByPlace(sum, this.current) !== null)) continue;
      this.refused += sum.requests;
      this.count(sum, reason);
    }
  }

  /** Most requests first. */
  top(most: number): RefusedCaller[] {
    const order = (a: RefusedCaller, b: RefusedCaller): number =>
      b.requests - a.requests || b.lastSeenAt.getTime() - a.lastSeenAt.getTime() || (a.ip ?? '').localeCompare(b.ip ?? '');
    return [...this.found.values()].sort(order).slice(0, most);
  }

  private count({ ip, country, api_key_id: apiKeyId, agent: userAgent, requests, last_seen: lastSeenAt }: CallerSum, reason: PlaceRefusal) {
    const network = networkOf(ip);
    const name = JSON.stringify([apiKeyId, network, userAgent]);
    const known = this.found.get(name);
    // Where it was last: a caller may have more than one address in its network.
    const place = known && known.lastSeenAt > lastSeenAt ? known : { ip, country, reason, lastSeenAt };
    this.found.set(name, {
      apiKeyId,
      network,
      userAgent,
      requests: (known?.requests ?? 0) + requests,
      ...{ ip: place.ip, country: place.country, reason: place.reason, lastSeenAt: place.lastSeenAt },
    });
  }
}
