/**
 * Who has moved from a key to its successor. A caller has moved when it was seen on the new key after its last use of the old one; the old key is safe to
 * revoke exactly when everybody who used it has moved. Pure: the callers of both keys in, who is where out.
 */
import type { CallerUse } from './key-use.queries';

export type CallerMove = {
  network: string;
  agent: string;
  /** Accepted requests with the old key. */
  requests: number;
  requestsNew: number;
  lastOld: Date | null;
  lastNew: Date | null;
  moved: boolean;
};
export type CutOver = { callers: CallerMove[]; movedCallers: number; remainingCallers: number; safeToRevoke: boolean };

const nameOf = ({ network, agent }: Pick<CallerUse, 'network' | 'agent'>): string => `${network} ${agent}`;

/** Who has not moved comes first, the busiest before the others. */
export function cutOver(onOld: readonly CallerUse[], onNew: readonly CallerUse[]): CutOver {
  const old = new Map(onOld.filter(({ lastAcceptedAt }) => lastAcceptedAt !== null).map((use) => [nameOf(use), use]));
  const moved = new Map(onNew.filter(({ lastAcceptedAt }) => lastAcceptedAt !== null).map((use) => [nameOf(use), use]));
  const callers = [...new Set([...old.keys(), ...moved.keys()])].map((name) => moveOf(old.get(name), moved.get(name)));
  const rank = ({ moved: gone, lastOld }: CallerMove): number => (lastOld === null ? 2 : gone ? 1 : 0);
  callers.sort((a, b) => rank(a) - rank(b) || b.requests + b.requestsNew - (a.requests + a.requestsNew));
  const remainingCallers = callers.filter(({ lastOld, moved: gone }) => lastOld !== null && !gone).length;
  const movedCallers = callers.filter(({ moved: gone }) => gone).length;
  return { callers, movedCallers, remainingCallers, safeToRevoke: remainingCallers === 0 };
}

const nobody = { requests: 0, lastAcceptedAt: null };

function moveOf(old: CallerUse | undefined, next: CallerUse | undefined): CallerMove {
  const { network = '', agent = '' } = old ?? next ?? {};
  const { requests, lastAcceptedAt: lastOld } = old ?? nobody;
  const { requests: requestsNew, lastAcceptedAt: lastNew } = next ?? nobody;
  return { network, agent, requests, requestsNew, lastOld, lastNew, moved: lastOld !== null && lastNew !== null && lastNew > lastOld };
}
