/** The life of API keys. They belong to the organization and outlive their creator's membership; a secret leaves here once. */
import { Injectable } from '@nestjs/common';
import { keyStates, plans, type PlanName } from '@pinebill/contract';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { withDeadline } from '../platform/deadline';
import { newId, requireId } from '../platform/ids';
import { readChoice, readChoices, readLimit, readOrder, readQuery, readText } from '../platform/query';
import type { ChangeApiKey, CreateApiKey, KeyPage, KeyView, MintedKey, RevokeApiKey, Revocation } from './api-keys.dto';
import { findKey, keyColumns, lastAccepted, lastUse, lockKey, unused, type KeyRow, type UsedKeyRow } from './api-keys.queries';
import { hashKeySecret, newKeySecret } from './key-secret';
import { IDLE_DAYS, keyStateSql, ROTATION_DAYS } from './key-state';
import { lifeOf, requireStep } from './key-transition';
import { KeyUse } from './key-use.service';
import { toView } from './key-view';
import { normalNetwork } from './network.decorator';
import { RevokedKeys } from './revoked-keys';

const flags = ['true', 'false'] as const;
/** Usually a millisecond. */
const LAST_USE_MS = 500;

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly revokedKeys: RevokedKeys,
    private readonly use: KeyUse,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<KeyPage> {
    const query = readQuery(parameters, ['state', 'rotationDue', 'idle', 'limit', 'cursor', 'order']);
    const [limit, order] = [readLimit(query), readOrder(query)];
    const filter = {
      states: readChoices(query, 'state', keyStates),
      rotationDue: readChoice(query, 'rotationDue', flags),
      idle: readChoice(query, 'idle', flags),
    };
    const binding: CursorBinding = { list: 'api-keys', organizationId: actor.organizationId, order, filter };
    const cursor = readText(query, 'cursor');
    const after = cursor === null ? null : decodeCursor(cursor, binding).id;
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<UsedKeyRow[]>(listSql(order), [
        ...[actor.organizationId, now, after, limit + 1],
        ...[filter.states, flagOf(filter.rotationDue), flagOf(filter.idle)],
      ]);
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.created_at, id: row.id }), view: (row) => toView(row, now) });
    });
  }

  async get(actor: Actor, id: string): Promise<KeyView> {
    const uuid = requireId('key', id);
    // What was used a moment ago is told as of now; the list may be some seconds behind.
    await this.use.catchUp(actor.organizationId);
    return this.tenant.run(actor, async (tx) => toView((await findKey(tx, actor.organizationId, uuid)) ?? missing(), this.clock.now()));
  }

  mint(actor: Actor, body: CreateApiKey): Promise<MintedKey> {
    const now = this.clock.now();
    const expiresAt = body.expiresAt ? new Date(body.expiresAt) : null;
    if (expiresAt && expiresAt <= now) {
      throw new AppError('invalid_field', {
        detail: 'expiresAt lies in the past. Choose a later time, or leave it out.',
        issues: [{ pointer: '/expiresAt', rule: 'future', expected: 'a time in the future' }],
      });
    }
    const replaces = body.replaces === undefined ? null : requireId('key', body.replaces);
    const secret = newKeySecret();
    return this.tenant.run(actor, async (tx) => {
      if (body.allowedCountries) await requireGeographicRestrictions(tx, actor);
      const old = replaces === null ? null : ((await lockKey(tx, actor.organizationId, replaces)) ?? missing());
      if (old && sameName(old.name, body.name)) throw nameTaken();
      const key = { ...described(body, old, actor), id: newId(), last4: secret.slice(-4), expires_at: expiresAt, created_at: now };
      await insertKey(tx, actor, key, hashKeySecret(secret));
      await this.activity.record(tx, {
        actor,
        action: 'api_key.created',
        target: { type: 'apiKey', id: key.id, name: key.name },
        after: { name: key.name, scopes: key.scopes, service: key.service, team: key.team, expiresAt, replaces: body.replaces ?? null },
      });
      return Object.assign(toView({ ...key, ...unused }, now), { secret });
    });
  }

  change(actor: Actor, id: string, body: ChangeApiKey): Promise<KeyView> {
    const uuid = requireId('key', id);
    return this.tenant.run(actor, async (tx) => {
      const old = (await lockKey(tx, actor.organizationId, uuid)) ?? missing();
      const before = { name: old.name, service: old.service, team: old.team, environment: old.environment };
      const after = { ...before, ...given(body), ...(body.name === undefined ? {} : { name: body.name.trim() }) };
      await tx
        .query('update api_key set name = $3, service = $4, team = $5, environment = $6 where organization_id = $1 and id = $2', [
          ...[actor.organizationId, uuid],
          ...[after.name, after.service, after.team, after.environment],
        ])
        .catch(onNameTaken);
      await this.activity.record(tx, { actor, action: 'api_key.updated', target: keyTarget(uuid, after.name), before, after });
      return toView((await findKey(tx, actor.organizationId, uuid)) ?? missing(), this.clock.now());
    });
  }

  /** Repeating it changes nothing: the first time and reason stand. */
  async revoke(actor: Actor, id: string, { reason }: RevokeApiKey): Promise<Revocation> {
    const uuid = requireId('key', id);
    const now = this.clock.now();
    const revokedAt = await this.tenant.run(actor, async (tx) => {
      const key = (await lockKey(tx, actor.organizationId, uuid)) ?? missing();
      const life = lifeOf(key, now);
      if (requireStep(life, 'revoke') === 'same') return key.revoked_at ?? now;
      await tx.query('update api_key set revoked_at = $3, revoked_by = $4, revoke_reason = $5 where organization_id = $1 and id = $2', [
        ...[actor.organizationId, uuid],
        ...[now, actor.id, reason],
      ]);
      const before = { state: life.state };
      await this.activity.record(tx, {
        actor,
        action: 'api_key.revoked',
        target: keyTarget(uuid, key.name),
        before,
        after: { state: 'revoked', reason },
      });
      return now;
    });
    return this.revokedKeys.settled(actor, { keyId: uuid, revokedAt, lastUsedAt: this.lastUseOf(actor, uuid) });
  }

  /**
   * For the answer to a revocation, which is committed by now: nothing about reading the log may fail it or keep it waiting. Null: never, or the
   * log cannot say it at this moment; a repetition asks again.
   */
  private async lastUseOf(actor: Actor, uuid: string): Promise<Date | null> {
    const read = this.tenant.run(actor, async (tx) => {
      await tx.query(`set local statement_timeout = ${LAST_USE_MS}`);
      return lastAccepted(tx, actor.organizationId, uuid);
    });
    return withDeadline(read, LAST_USE_MS).catch(() => null);
  }
}

export const keyTarget = (id: string, name: string) => ({ type: 'apiKey', id, name }) as const;
const flagOf = (flag: 'true' | 'false' | null): boolean | null => (flag === null ? null : flag === 'true');
export const sameName = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Only what was sent: a member that is missing stays as it is, null takes it away. */
const given = <T extends object>(body: T): Partial<T> =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<T>;

function listSql(order: 'asc' | 'desc'): string {
  const inUse = `state in ('active', 'expiring')`;
  // Ids are UUIDv7: their order is the order of creation, and the primary key serves it.
  return `select * from (
      select k.*, used.*, ${keyStateSql('$2')} as state from (select organization_id, ${keyColumns} from api_key where organization_id = $1) k ${lastUse}
    ) listed
    where ($3::uuid is null or id ${order === 'desc' ? '<' : '>'} $3) and ($5::text[] is null or state = any($5))
      and ($6::boolean is null or $6 = (${inUse} and created_at <= $2::timestamptz - interval '${ROTATION_DAYS} days'))
      and ($7::boolean is null or $7 = (${inUse} and coalesce(used_at, created_at) <= $2::timestamptz - interval '${IDLE_DAYS} days'))
    order by id ${order} limit $4`;
}

/** What the body says, else what the replaced key had. */
export function described(
  body: CreateApiKey,
  old: KeyRow | null,
  actor: Actor,
): Omit<KeyRow, 'id' | 'last4' | 'expires_at' | 'created_at'> {
  const blank = { scopes: [], service: null, team: null, environment: null, allowed_cidrs: null, allowed_countries: null };
  const inherited: Pick<KeyRow, keyof typeof blank> = old ?? blank;
  const { scopes, service, team, environment } = given(body);
  const networks =
    body.allowedCidrs === undefined ? {} : { allowed_cidrs: body.allowedCidrs?.map((one) => normalNetwork(one) ?? one) ?? null };
  const countries = body.allowedCountries === undefined ? {} : { allowed_countries: body.allowedCountries };
  return {
    scopes: inherited.scopes,
    service: inherited.service,
    team: inherited.team,
    environment: inherited.environment,
    allowed_cidrs: inherited.allowed_cidrs,
    allowed_countries: inherited.allowed_countries,
    ...given({ scopes, service, team, environment }),
    ...networks,
    ...countries,
    name: body.name.trim(),
    replaces: old?.id ?? null,
    created_by: actor.id,
    created_by_name: actor.name,
    ...{ disabled_at: null, quarantined_at: null, rotated_out_at: null, rotated_by: null, rotated_by_name: null },
    ...{ revoked_at: null, revoke_reason: null },
  };
}

async function requireGeographicRestrictions(tx: EntityManager, { organizationId }: Actor): Promise<void> {
  const [row] = await tx.query<{ plan: PlanName }[]>('select plan from organization where id = $1', [organizationId]);
  if (row && plans[row.plan].geographicRestrictions) return;
  throw new AppError('plan_required', {
    detail: 'Limiting a key to countries needs the enterprise plan. Leave allowedCountries out, or change the plan.',
  });
}

export async function insertKey(tx: EntityManager, actor: Actor, key: KeyRow, hash: Buffer): Promise<void> {
  await tx
    .query(
      `insert into api_key (organization_id, id, name, secret_hash, last4, scopes, service, team, environment, allowed_cidrs, allowed_countries,
         expires_at, replaces, created_by, created_by_name, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
      [
        ...[actor.organizationId, key.id, key.name, hash, key.last4, key.scopes, key.service, key.team, key.environment],
        ...[key.allowed_cidrs, key.allowed_countries, key.expires_at, key.replaces, key.created_by, key.created_by_name, key.created_at],
      ],
    )
    .catch(onNameTaken);
}

export function missing(): never {
  throw new AppError('resource_not_found', { detail: 'The organization has no API key with this id. Check the id.' });
}

export const nameTaken = (cause?: unknown): AppError =>
  new AppError('name_taken', { detail: 'Another API key has this name, or the replaced one had it. Choose a different name.', cause });

/** The unique index decides, not a look before: another request may be on its way at this moment. */
function onNameTaken(error: unknown): never {
  const constraint = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }).constraint : undefined;
  throw constraint === 'api_key_name_taken' ? nameTaken(error) : error;
}
