/** A successor for a key that the incident is about, whatever became of the key. Its secret leaves in this answer, once. */
import { Injectable } from '@nestjs/common';
import { ApiKeysService, type MintedKey } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { requireId } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import { requirePossible } from './describing';
import type { ReplaceKey } from './handling.dto';
import { IncidentEvents } from './incident-events.service';
import { knownOf } from './incident-facts';
import { getIncident } from './incidents.queries';

@Injectable()
export class Replacing {
  constructor(
    private readonly tenant: Tenant,
    private readonly keys: ApiKeysService,
    private readonly events: IncidentEvents,
  ) {}

  replace(actor: Actor, id: string, { apiKeyId, name, expiresAt }: ReplaceKey): Promise<MintedKey> {
    const [uuid, keyId] = [requireId('inc', id), requireId('key', apiKeyId)];
    return this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('replace', incident);
      const known = (await knownOf(tx, actor, [incident]))(incident);
      if (!known.subjects.some(({ kind, reference }) => kind === 'key' && reference === keyId))
        throw invalidFields([{ pointer: '/apiKeyId', rule: 'subject', expected: 'is a key that the incident is about' }]);
      const made = await this.keys.mintWithin(tx, actor, { name, replaces: apiKeyId, ...(expiresAt === undefined ? {} : { expiresAt }) });
      const old = { id: apiKeyId, name: known.keys.get(keyId)?.name ?? '' };
      await this.events.record(tx, actor, incident, { kind: 'replaced', data: { key: old, successor: { id: made.id, name: made.name } } });
      return made;
    });
  }
}
