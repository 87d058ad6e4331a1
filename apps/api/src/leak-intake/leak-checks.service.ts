/** A person holds a text that may have a key of theirs in it. They learn what it is; the text is neither kept nor said anywhere. */
import { Injectable } from '@nestjs/common';
import { findKeys, leakVerdicts, maskedKey, type FoundKey, type LeakVerdict } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { datesOf, hashKeySecret, keyPolicy, keyState } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { typeId } from '../platform/ids';
import type { FoundKeyView, LeakCheckView } from './leak-intake.dto';

type KeyRow = Parameters<typeof datesOf>[0] & { id: string; name: string; last4: string; secret_hash: Buffer };
type Known = NonNullable<FoundKeyView['apiKey']>;

@Injectable()
export class LeakChecksService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  /** A key of another organization is one that is not known here: it is asked for in the same way, and is not there. */
  check(actor: Actor, text: string): Promise<LeakCheckView> {
    const candidates = findKeys(text).map((key) => ({ ...key, hash: hashKeySecret(key.text) }));
    return this.tenant.run(actor, async (tx) => {
      const known = await this.knownAmong(tx, actor, candidates.map(({ hash }) => hash)); // prettier-ignore
      const found = candidates.map(({ start, end, shape, hash }): FoundKeyView => {
        const apiKey = known.get(hash.toString('hex')) ?? null;
        return { start, end, verdict: apiKey === null ? verdictOf(shape) : 'known', apiKey };
      });
      const verdict = leakVerdicts.findLast((one) => found.some((key) => key.verdict === one)) ?? 'notAKey';
      await this.activity.record(tx, { actor, action: 'leak_check.made', target: await targetOf(tx, actor), after: said(verdict, found) });
      return { verdict, found };
    });
  }

  /** The policy of the table hides the keys of others from the look-up itself. */
  private async knownAmong(tx: EntityManager, { organizationId }: Actor, hashes: readonly Buffer[]): Promise<Map<string, Known>> {
    const now = this.clock.now();
    const { expiringDays } = await keyPolicy(tx, organizationId);
    const rows = await tx.query<KeyRow[]>(
      `select id, name, last4, secret_hash, expires_at, disabled_at, quarantined_at, rotated_out_at, revoked_at
       from api_key where organization_id = $1 and secret_hash = any($2)`,
      [organizationId, hashes],
    );
    return new Map(rows.map((row) => [row.secret_hash.toString('hex'), toView(row, now, expiringDays)]));
  }
}

const toView = (row: KeyRow, now: Date, expiringDays: number): Known => ({
  id: typeId('key', row.id),
  name: row.name,
  masked: maskedKey(row.last4),
  state: keyState(datesOf(row), now, expiringDays),
});

const verdictOf = (shape: FoundKey['shape']): LeakVerdict =>
  shape === 'valid' ? 'unknown' : shape === 'badChecksum' ? 'badChecksum' : 'notAKey';

/** That it was looked, and at which keys of ours: nothing of the text. */
const said = (verdict: LeakVerdict, found: readonly FoundKeyView[]): Record<string, unknown> => ({
  verdict,
  apiKeys: [...new Set(found.flatMap(({ apiKey }) => (apiKey ? [apiKey.id] : [])))],
});

async function targetOf(tx: EntityManager, { organizationId: id }: Actor) {
  const [row] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [id]);
  return { type: 'organization', id, name: row?.name ?? null } as const;
}
