/** The life of API keys. They belong to the organization and outlive their creator's membership; a secret leaves here once. */
import { Injectable } from '@nestjs/common';
import { everywhere, keyStates } from '@pinebill/contract';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { newId, requireId } from '../platform/ids';
import { readChoice, readChoices, readLimit, readOrder, readQuery, readText } from '../platform/query';
import { changedRule, placeColumnsOf, placeRuleOf, PlaceChanges } from '../restrictions';
import { settleOwners } from '../services-and-teams';
import type { ChangeApiKey, CreateApiKey, KeyPage, KeyView, MintedKey, RevokeApiKey, Revocation } from './api-keys.dto';
import { findKey, keyColumns, lastUse, lockKey, unused, type KeyRow, type UsedKeyRow } from './api-keys.queries';
import { changedKey, changesOf, requireFuture, requireUsable, settingsOf } from './key-changes';
import { keyPolicy, type KeyPolicy } from './key-policy';
import { hashKeySecret, newKeySecret } from './key-secret';
import { keyStateSql } from './key-state';
import { KeyStops, type KeyStop } from './key-stops.service';
import { KeyUse } from './key-use.service';
import { toView } from './key-view';
import { awaitNewKeysAllowed } from './new-keys';
import { RevokedKeys } from './revoked-keys';

const flags = ['true', 'false'] as const;

export type ContainKey = (tx: EntityManager, actor: Actor, of: { incidentId: string; keyId: string; reason: string }) => Promise<void>;

@Injectable()
export class ApiKeysService {
  private containing: ContainKey = () => Promise.reject(new AppError('resource_not_found'));

  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly revokedKeys: RevokedKeys,
    private readonly places: PlaceChanges,
    private readonly use: KeyUse,
    private readonly stops: KeyStops,
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
      const policy = await keyPolicy(tx, actor.organizationId);
      const rows = await tx.query<UsedKeyRow[]>(listSql(order, policy), [
        ...[actor.organizationId, now, after, limit + 1],
        ...[filter.states, flagOf(filter.rotationDue), flagOf(filter.idle)],
      ]);
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.created_at, id: row.id }), view: (row) => toView(row, now, policy) });
    });
  }

  async get(actor: Actor, id: string): Promise<KeyView> {
    const uuid = requireId('key', id);
    // What was used a moment ago is told as of now; the list may be some seconds behind.
    await this.use.catchUp(actor.organizationId);
    return this.tenant.run(actor, (tx) => this.view(tx, actor, uuid));
  }

  mint(actor: Actor, body: CreateApiKey): Promise<MintedKey> {
    return this.tenant.run(actor, (tx) => this.mintWithin(tx, actor, body));
  }

  /** In a transaction of the caller's. */
  async mintWithin(tx: EntityManager, actor: Actor, body: CreateApiKey): Promise<MintedKey> {
    const now = this.clock.now();
    const expiresAt = body.expiresAt ? new Date(body.expiresAt) : null;
    requireFuture(expiresAt, now);
    const replaces = body.replaces === undefined ? null : requireId('key', body.replaces);
    const secret = newKeySecret();
    const owners = { service: body.service, team: body.team };
    await awaitNewKeysAllowed(tx, actor);
    const settled = await settleOwners(tx, actor.organizationId, { owners, inherits: replaces });
    const old = replaces === null ? null : ((await lockKey(tx, actor.organizationId, replaces)) ?? missing());
    if (old && sameName(old.name, body.name)) throw nameTaken();
    const what = described(Object.assign({}, body, given(settled)), old, actor);
    const key = { ...what, id: newId(), last4: secret.slice(-4), expires_at: expiresAt, created_at: now };
    // What is inherited stays in force under any plan.
    await this.places.requirePlan(tx, actor, { before: old ? placeRuleOf(old) : everywhere, after: placeRuleOf(key) });
    await insertKey(tx, actor, key, hashKeySecret(secret));
    await this.activity.record(tx, {
      actor,
      action: 'api_key.created',
      target: { type: 'apiKey', id: key.id, name: key.name },
      after: { ...settingsOf(key), replaces: body.replaces ?? null, secretShown: true },
    });
    return Object.assign(toView({ ...key, ...unused }, now, await keyPolicy(tx, actor.organizationId)), { secret });
  }

  change(actor: Actor, id: string, { confirm, ...body }: ChangeApiKey): Promise<KeyView> {
    const uuid = requireId('key', id);
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const named = { service: body.service, team: body.team };
      const owners = await settleOwners(tx, actor.organizationId, { owners: named, inherits: null });
      const old = (await lockKey(tx, actor.organizationId, uuid)) ?? missing();
      requireUsable(old, body, now);
      const key = changedKey(old, { ...body, ...given(owners) });
      if (body.expiresAt !== undefined) requireFuture(key.expires_at, now);
      const [before, after] = [placeRuleOf(old), placeRuleOf(key)];
      await this.places.admit(tx, actor, { apiKeyId: uuid, before, after, confirmed: confirm === true });
      const changes = changesOf(old, key);
      if (changes) {
        await update(tx, actor, key);
        await this.activity.record(tx, { actor, action: 'api_key.updated', target: keyTarget(uuid, key.name), ...changes });
      }
      return this.view(tx, actor, uuid);
    });
  }

  private async view(tx: EntityManager, actor: Actor, uuid: string): Promise<KeyView> {
    const key = (await findKey(tx, actor.organizationId, uuid)) ?? missing();
    return toView(key, this.clock.now(), await keyPolicy(tx, actor.organizationId));
  }

  /** Repeating it changes nothing: the first time and reason stand. */
  async revoke(actor: Actor, id: string, { reason, incidentId }: RevokeApiKey): Promise<Revocation> {
    const uuid = requireId('key', id);
    const revokedAt = await this.tenant.run(actor, async (tx) => {
      // Null is left out.
      const contains = incidentId ?? null;
      if (contains !== null) await this.containing(tx, actor, { incidentId: contains, keyId: uuid, reason });
      return this.revokeWithin(tx, actor, { uuid, reason });
    });
    return this.confirmRevoked(actor, uuid, revokedAt);
  }

  /** By the incidents, which know of keys; keys know nothing of them. It revokes the key in the transaction that it is given. */
  containBy(containing: ContainKey): void {
    this.containing = containing;
  }

  /** In a transaction of the caller's; once it is committed, `confirmRevoked` makes the answer. */
  async revokeWithin(tx: EntityManager, actor: Actor, stop: KeyStop): Promise<Date> {
    return (await this.stops.revokeWithin(tx, actor, [stop])).get(stop.uuid) ?? this.clock.now();
  }

  confirmRevoked(actor: Actor, uuid: string, revokedAt: Date): Promise<Revocation> {
    return this.revokedKeys.settled(actor, { keyId: uuid, revokedAt });
  }
}

export const keyTarget = (id: string, name: string) => ({ type: 'apiKey', id, name }) as const;
const flagOf = (flag: 'true' | 'false' | null): boolean | null => (flag === null ? null : flag === 'true');
export const sameName = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Only what was sent: a member that is missing stays as it is, null takes it away. */
const given = <T extends object>(body: T): Partial<T> =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<T>;

function listSql(order: 'asc' | 'desc', { rotationDays, idleDays, expiringDays }: KeyPolicy): string {
  const inUse = `state in ('active', 'expiring')`;
  // Ids are UUIDv7: their order is the order of creation, and the primary key serves it.
  return `select * from (
      select k.*, used.*, ${keyStateSql('$2', expiringDays)} as state from (select organization_id, ${keyColumns} from api_key where organization_id = $1) k ${lastUse}
    ) listed
    where ($3::uuid is null or id ${order === 'desc' ? '<' : '>'} $3) and ($5::text[] is null or state = any($5))
      and ($6::boolean is null or $6 = (${inUse} and created_at <= $2::timestamptz - interval '${rotationDays} days'))
      and ($7::boolean is null or $7 = (${inUse} and coalesce(used_at, created_at) <= $2::timestamptz - interval '${idleDays} days'))
    order by id ${order} limit $4`;
}

/** What the body says, else what the replaced key had. */
export function described(
  body: CreateApiKey,
  old: KeyRow | null,
  actor: Actor,
): Omit<KeyRow, 'id' | 'last4' | 'expires_at' | 'created_at'> {
  const blank = { scopes: [], service: null, team: null, environment: null };
  const inherited: Pick<KeyRow, keyof typeof blank> = old ?? blank;
  const { scopes, service, team, environment } = given(body);
  return {
    scopes: inherited.scopes,
    service: inherited.service,
    team: inherited.team,
    environment: inherited.environment,
    ...given({ scopes, service, team, environment }),
    ...placeColumnsOf(changedRule(old ? placeRuleOf(old) : everywhere, body)),
    name: body.name.trim(),
    replaces: old?.id ?? null,
    created_by: actor.id,
    created_by_name: actor.name,
    ...{ disabled_at: null, quarantined_at: null, rotated_out_at: null, rotated_by: null, rotated_by_name: null },
    ...{ revoked_at: null, revoke_reason: null },
  };
}

export async function insertKey(tx: EntityManager, actor: Actor, key: KeyRow, hash: Buffer): Promise<void> {
  await tx
    .query(
      `insert into api_key (organization_id, id, name, secret_hash, last4, scopes, service, team, environment, allowed_cidrs, allowed_countries,
         denied_countries, unknown_country, expires_at, replaces, created_by, created_by_name, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
      [
        ...[actor.organizationId, key.id, key.name, hash, key.last4, key.scopes, key.service, key.team, key.environment],
        ...[key.allowed_cidrs, key.allowed_countries, key.denied_countries, key.unknown_country],
        ...[key.expires_at, key.replaces, key.created_by, key.created_by_name, key.created_at],
      ],
    )
    .catch(onNameTaken);
}

async function update(tx: EntityManager, actor: Actor, key: KeyRow): Promise<void> {
  await tx
    .query(
      `update api_key set name = $3, service = $4, team = $5, environment = $6, scopes = $7, expires_at = $8, allowed_cidrs = $9::cidr[],
         allowed_countries = $10, denied_countries = $11, unknown_country = $12 where organization_id = $1 and id = $2`,
      [
        ...[actor.organizationId, key.id, key.name, key.service, key.team, key.environment, key.scopes, key.expires_at],
        ...[key.allowed_cidrs, key.allowed_countries, key.denied_countries, key.unknown_country],
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
