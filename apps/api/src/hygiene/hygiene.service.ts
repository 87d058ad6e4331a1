/** The keys that need somebody, in the order to work them off. Nothing is stored: a section empties itself as its keys are dealt with. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { datesOf, keyPolicy, keyState, keyView, KeyUse, livingKeys, type KeyPolicy, type UsedKeyRow } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { readQuery } from '../platform/query';
import { retentionOf } from '../plan';
import { familyOf, networkOf } from './caller-group';
import type { HygieneItem, HygieneSection, HygieneView, SharedEvidence } from './hygiene.dto';
import { endsAt, reminderStage, rotationDueAt, sectionKinds, sectionsOf, type KeyFacts, type SectionKind } from './hygiene-sections';
import { sectionText } from './section-texts';
import { sharedUse, type SharedUse, type Use } from './shared-use';
import { refusedUse, sampledUse, type RefusedUse } from './use.queries';

const DAY_MS = 86_400_000;
const SHARED_WINDOW_DAYS = 7;
const MOST_ITEMS = 200;
const MOST_NETWORKS = 10;

/** One key with everything that is known of it. */
type Examined = { row: UsedKeyRow; facts: KeyFacts; kinds: SectionKind[] };
type Context = { policy: KeyPolicy; now: Date; refused: ReadonlyMap<string, RefusedUse> };

@Injectable()
export class HygieneService {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly use: KeyUse,
  ) {}

  async report(actor: Actor, parameters: unknown): Promise<HygieneView> {
    readQuery(parameters, []);
    // Nobody is told to revoke what was used a moment ago.
    await this.use.catchUp(actor.organizationId);
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const { organizationId } = actor;
      const policy = await keyPolicy(tx, organizationId);
      const rows = await livingKeys(tx, organizationId);
      const shared = await sharedKeys(tx, { organizationId, now, ids: rows.map(({ id }) => id) });
      const examined = rows.map((row): Examined => {
        const facts = factsOf(row, { now, policy, shared: shared.get(row.id) ?? null });
        return { row, facts, kinds: sectionsOf(facts, policy, now) };
      });
      const unused = examined.filter(({ kinds }) => kinds.includes('neverUsed') || kinds.includes('idle')).map(({ row }) => row.id);
      const { begins } = await retentionOf(tx, organizationId, now);
      const from = new Date(Math.max(begins.getTime(), now.getTime() - policy.idleDays * DAY_MS));
      const refused = await refusedUse(tx, { organizationId, ids: unused, from, to: now });
      const context = { policy, now, refused: new Map(refused.map((use) => [use.key_id, use])) };
      return {
        asOf: now.toISOString(),
        policies: policy,
        keys: rows.length,
        toDo: examined.filter(({ kinds }) => kinds.length > 0).length,
        sections: sectionKinds.map((kind) => sectionOf(kind, examined, context)),
      };
    });
  }
}

async function sharedKeys(
  tx: EntityManager,
  { organizationId, now, ids }: { organizationId: string; now: Date; ids: readonly string[] },
): Promise<ReadonlyMap<string, SharedUse>> {
  // Whole days, today with them: a window that begins at noon would touch one day more.
  const from = new Date(Math.floor(now.getTime() / DAY_MS - SHARED_WINDOW_DAYS + 1) * DAY_MS);
  const uses = new Map<string, Use[]>();
  for (const { key_id, user_agent, ip, day, requests } of await sampledUse(tx, { organizationId, ids, from, to: now })) {
    const network = networkOf(ip);
    const known = uses.get(key_id) ?? [];
    if (known.length === 0) uses.set(key_id, known);
    if (network !== null) known.push({ family: familyOf(user_agent), network, day, requests });
  }
  return new Map(
    [...uses].flatMap(([id, of]) => {
      const found = sharedUse(of);
      return found === null ? [] : [[id, found] as const];
    }),
  );
}

const factsOf = (row: UsedKeyRow, { now, policy, shared }: { now: Date; policy: KeyPolicy; shared: SharedUse | null }): KeyFacts => ({
  state: keyState(datesOf(row), now, policy.expiringDays),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  rotatedOutAt: row.rotated_out_at,
  lastUsedAt: row.used_at,
  service: row.service,
  team: row.team,
  shared,
});

function sectionOf(kind: SectionKind, examined: readonly Examined[], context: Context): HygieneSection {
  const { title, rule } = sectionText(kind, context.policy);
  const found = examined.filter(({ kinds }) => kinds.includes(kind));
  const items = found.map((one) => itemOf(kind, one, context));
  // Rows come oldest first, which is the order for what has no date.
  items.sort((a, b) => Date.parse(a.dueAt ?? a.key.createdAt) - Date.parse(b.dueAt ?? b.key.createdAt));
  return { kind, title, rule, count: items.length, items: items.slice(0, MOST_ITEMS) };
}

function itemOf(kind: SectionKind, { row, facts }: Examined, { policy, now, refused }: Context): HygieneItem {
  const dueAt = dueOf(kind, facts, policy);
  return {
    key: keyView(row, now, policy),
    dueAt: dueAt?.toISOString() ?? null,
    reminderDays: kind === 'rotationSoon' && dueAt ? reminderStage(dueAt, { now, since: facts.createdAt }) : null,
    ...helpFor(kind, facts, policy),
    refusedUse: kind === 'neverUsed' || kind === 'idle' ? refusedView(refused.get(row.id)) : null,
    shared: kind === 'shared' && facts.shared ? evidenceOf(facts.shared) : null,
  };
}

function helpFor(kind: SectionKind, { rotatedOutAt }: KeyFacts, policy: KeyPolicy): Pick<HygieneItem, 'advice' | 'actions'> {
  if (kind === 'expiring' && rotatedOutAt !== null)
    return { advice: 'It was rotated: move what still uses it to the successor before the overlap ends.', actions: ['revoke'] };
  const { advice, actions } = sectionText(kind, policy);
  return { advice, actions };
}

const refusedView = (use: RefusedUse | undefined): HygieneItem['refusedUse'] =>
  use ? { requests: use.refused, lastAt: use.last_at.toISOString() } : null;

function dueOf(kind: SectionKind, facts: KeyFacts, policy: KeyPolicy): Date | null {
  if (kind === 'rotationOverdue' || kind === 'rotationSoon') return rotationDueAt(facts.createdAt, policy);
  return kind === 'expiring' ? endsAt(facts) : null;
}

const evidenceOf = ({ requests, commonDays, services }: SharedUse): SharedEvidence => ({
  windowDays: SHARED_WINDOW_DAYS,
  requests,
  commonDays,
  services: services.map(({ families, networks, days, share }) => ({
    programs: families,
    networks: networks.slice(0, MOST_NETWORKS),
    networkCount: networks.length,
    share: Math.round(share * 1_000) / 1_000,
    days: days.length,
  })),
});
