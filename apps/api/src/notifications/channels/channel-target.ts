/** Where a channel leads, as it is sealed, and as it is shown: the URLs of Slack and Teams are passwords by themselves. */
import { isChannelWithUrl, type TargetKind } from './kinds';

export type Target = { url: string; /** Of PagerDuty. */ routingKey?: string };

export const pagerDutyUrl = 'https://events.pagerduty.com/v2/enqueue';

const LAST = 4;
/** So much has to be left that is not shown. */
const HIDDEN = 8;

/** `https://hooks.slack.com/…7f2c`: enough to tell it from another one. */
export function shownTarget({ url, routingKey }: Target): string {
  const { origin, host, pathname, search } = new URL(url);
  if (routingKey !== undefined) return `${host} …${routingKey.slice(-LAST)}`;
  const rest = `${pathname}${search}`;
  if (rest === '/') return origin;
  return `${origin}/…${rest.length > HIDDEN + LAST ? rest.slice(-LAST) : ''}`;
}

export const targetOf = (kind: TargetKind, { url, routingKey }: { url?: string; routingKey?: string }): Target | null => {
  if (isChannelWithUrl(kind)) return url === undefined ? null : { url };
  return routingKey === undefined ? null : { url: url ?? pagerDutyUrl, routingKey };
};

/** What must not be read back from what a receiver answers. */
export function secretsOf({ url, routingKey }: Target, signatures: readonly string[] = []): string[] {
  const { pathname, search, searchParams, href } = new URL(url);
  const parts = [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= HIDDEN);
  return [url, href, `${pathname}${search}`, ...parts, ...(routingKey === undefined ? [] : [routingKey]), ...signatures]
    .filter((part) => part.length >= HIDDEN)
    .sort((a, b) => b.length - a.length);
}
