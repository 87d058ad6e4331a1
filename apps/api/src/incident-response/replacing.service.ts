/** A successor for a key that the incident is about, whatever became of the key. Its secret leaves in this answer, once. */
import { Injectable } from '@nestjs/common';
import { ApiKeysService, type CreateApiKey, type MintedKey } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { requireId } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import { requirePossible } from './describing';
import { DrillKeys } from './drill/drill-keys.service';
import { Drills } from './drill/drills.service';
import type { ReplaceKey } from './handling.dto';
import { IncidentEvents } from './incident-events.service';
import { knownOf } from './incident-facts';
import { getIncident, type IncidentRow } from './incidents.queries';

@Injectable()
export class Replacing {
  constructor(
    private readonly tenant: Tenant,
    private readonly keys: ApiKeysService,
    private readonly events: IncidentEvents,
    private readonly drillKeys: DrillKeys,
    private readonly drills: Drills,
  ) {}

  async replace(actor: Actor, id: string, body: ReplaceKey): Promise<MintedKey> {
    const [uuid, keyId] = [requireId('inc', id), requireId('key', body.apiKeyId)];
    const { made, isDrill } = await this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('replace', incident);
      const known = (await knownOf(tx, actor, [incident]))(incident);
      if (!known.subjects.some(({ kind, reference }) => kind === 'key' && reference === keyId))
        throw invalidFields([{ pointer: '/apiKeyId', rule: 'subject', expected: 'is a key that the incident is about' }]);
      await this.drillKeys.requireOwn(tx, actor, incident, { keys: [keyId], others: 0 });
      const made = await this.keys.mintWithin(tx, actor, this.wanted(body, incident));
      const old = { id: body.apiKeyId, name: known.keys.get(keyId)?.name ?? '' };
      await this.events.record(tx, actor, incident, { kind: 'replaced', data: { key: old, successor: { id: made.id, name: made.name } } });
      return { made, isDrill: incident.drill };
    });
    if (isDrill) await this.drills.moveService(made.secret ?? '');
    return made;
  }

  private wanted({ apiKeyId: replaces, name, expiresAt }: ReplaceKey, { drill }: IncidentRow): CreateApiKey {
    if (drill) return { name, replaces, expiresAt: this.drillKeys.endOfNew() };
    return { name, replaces, ...(expiresAt === undefined ? {} : { expiresAt }) };
  }
}
