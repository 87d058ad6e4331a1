/** Which keys, people and networks a containment is about. */
import { normalNetwork } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { holdNewKeys, livingKeys } from '../api-keys';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { requireId } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import type { ContainIncident } from './contain.dto';
import { subjectsOf, type IncidentRow } from './incidents.queries';

/** Uuids in order: whoever else stops several things at this moment takes them in the same one, so neither waits for the other for ever. */
export type Targets = { keys: string[]; people: string[]; networks: string[] };

export async function targetsOf(tx: EntityManager, actor: Actor, incident: IncidentRow, body: ContainIncident): Promise<Targets> {
  // Null is left out.
  const [apiKeyIds, userIds, networks] = [body.apiKeyIds ?? [], body.userIds ?? [], body.networks ?? []];
  if (apiKeyIds.length + userIds.length + networks.length === 0 && !namesMany(body)) return subjectTargets(tx, actor, incident);
  return {
    keys: inOrder([...apiKeyIds.map((id) => requireId('key', id)), ...(await manyKeys(tx, actor, body))]),
    people: inOrder(userIds.map((id) => requireId('usr', id))),
    networks: inOrder(networks.flatMap((one) => normalNetwork(one) ?? [])),
  };
}

/** Keys by one word. */
export const namesMany = ({ service, everything }: ContainIncident): boolean => (service ?? null) !== null || everything === true;

async function manyKeys(tx: EntityManager, actor: Actor, body: ContainIncident): Promise<string[]> {
  if (!namesMany(body)) return [];
  const { service, everything, confirm } = body;
  await holdNewKeys(tx, actor);
  if (everything === true) {
    await requireConfirmed(tx, actor, confirm);
    return (await livingKeys(tx, actor.organizationId)).map(({ id }) => id);
  }
  return keysOfService(tx, actor, service ?? '');
}

const inOrder = (list: readonly string[]): string[] => [...new Set(list)].sort();

/** The one button: everything that the incident names. */
async function subjectTargets(tx: EntityManager, actor: Actor, { id }: IncidentRow): Promise<Targets> {
  const subjects = await subjectsOf(tx, actor, [id]);
  const of = (kind: string): string[] => inOrder(subjects.filter((one) => one.kind === kind).map(({ reference }) => reference));
  const left = subjects.filter(({ kind, person_name }) => kind === 'person' && person_name === null).map(({ reference }) => reference);
  const [keys, people] = [of('key'), of('person')];
  // An address that came with the rows may be the office: it is blocked when it is all there is, or named.
  const networks = keys.length + people.length === 0 ? of('address') : [];
  // Who has left the organization is out, and has no session in it that could be ended.
  if (subjects.length > 0) return { keys, people: people.filter((id) => !left.includes(id)), networks };
  throw invalidFields([{ pointer: '', rule: 'required', expected: 'names keys, people or networks, for the incident names none yet' }]);
}

async function keysOfService(tx: EntityManager, { organizationId }: Actor, service: string): Promise<string[]> {
  const keys = (await livingKeys(tx, organizationId)).filter((key) => key.service?.toLowerCase() === service.trim().toLowerCase());
  if (keys.length > 0) return keys.map(({ id }) => id);
  throw new AppError('resource_not_found', { detail: 'No key of this service can be used, so nothing was done. Check the name.' });
}

/** Typed, not clicked: every program of the organization stops. */
async function requireConfirmed(tx: EntityManager, { organizationId }: Actor, confirm: string | undefined): Promise<void> {
  const [row] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [organizationId]);
  if (row && confirm?.trim() === row.name) return;
  throw invalidFields([{ pointer: '/confirm', rule: 'confirm', expected: 'is the name of the organization, to stop every key of it' }]);
}
