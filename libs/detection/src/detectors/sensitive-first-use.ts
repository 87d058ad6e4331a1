/** A key that has long been in use does, for the first time, what takes data out or cannot be undone, or tries what no key may. What it did before, or as a young key, is what it is for. */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { endpointOf, filterOf } from '../measures/of-route';
import { days, hours, ofKey, oneCall, wholeDays } from '../signs';

const name = 'sensitiveFirstUse';

/** Kinds of what is sensitive, by method and route. */
const kinds: readonly { kind: string; is: (call: Call, route: string) => boolean }[] = [
  { kind: 'administration', is: ({ reason }) => reason === 'person_required' },
  { kind: 'delete', is: ({ method }) => method === 'DELETE' },
  { kind: 'export', is: ({ method }, route) => route.startsWith('/v1/exports') && (method === 'POST' || route.endsWith('/download')) },
  { kind: 'auditLog', is: (_call, route) => route.startsWith('/v1/audit-logs') },
  { kind: 'void', is: ({ method }, route) => method === 'POST' && route.endsWith('/void') },
];
export const sensitiveKinds: readonly string[] = kinds.map(({ kind }) => kind);

export const sensitiveFirstUse: Detector = {
  name,
  observe(call, memory) {
    const { route } = call;
    const kind = memory.key === null || route === null ? undefined : kinds.find(({ is }) => is(call, route))?.kind;
    if (memory.key !== null && kind !== undefined) used(kind, memory.key, memory);
  },
};

function used(kind: string, key: KeyView, { norms, episodes }: Memory): void {
  const { call, life } = key;
  const kept = cellOf<{ known: string[] }>(key, name, () => ({ known: [] }));
  const of = { detector: name, subject: ofKey(key.id), strand: kind } as const;
  const isFirst = !kept.known.includes(kind);
  if (isFirst) kept.known.push(kind);
  const { settledDays, settledCalls, quietHours } = norms.settings[name];
  const isSettled = call.at - life.firstAt >= days(settledDays) && life.calls >= settledCalls;
  if (isFirst ? !isSettled : !episodes.isOpen(of, call.at)) return;
  const endpoint = endpointOf(call);
  if (norms.isAccepted(name, of.subject, kind, 0) || norms.hasEndpoint(key.id, endpoint)) return;
  episodes.raise({
    ...oneCall(name, key),
    strand: kind,
    severity: kind === 'administration' ? 'high' : 'medium',
    seen: { endpoint, kind, status: call.status },
    normal: { callsWithoutIt: life.calls, learntDays: wholeDays(call.at - life.firstAt) },
    threshold: { firstUse: 1 },
    filter: { apiKeyId: key.id, ...filterOf(call) },
    lesson: { what: kind, upTo: null },
    quietMs: hours(quietHours),
  });
}
