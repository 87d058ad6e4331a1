/** The keys of a drill: the one that was made for it, and those that took its place in it. Nothing of a drill touches any other. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { datesOf, descendantsOf, keyState, KeyStops, livingKeys } from '../../api-keys';
import type { Actor } from '../../platform/actor';
import { AppError } from '../../platform/app-error';
import { Clock } from '../../platform/clock';
import { nameOfIncident } from '../incident-events.service';
import type { IncidentRow } from '../incidents.queries';

type Of = Pick<IncidentRow, 'drill' | 'opened_from'>;

/** Longer than a drill takes, and shorter than anybody forgets it. */
const LIFE_MS = 12 * 3_600_000;

/** Of a drill that the product staged; null: it is none. */
export const drillKeyOf = ({ drill, opened_from: { kind, references } }: Of): string | null =>
  drill && kind === 'drill' ? (references[0] ?? null) : null;

@Injectable()
export class DrillKeys {
  constructor(
    private readonly stops: KeyStops,
    private readonly clock: Clock,
  ) {}

  /** When a key that is made for a drill ends by itself, should nobody end it. */
  endOfNew(): string {
    return new Date(this.clock.now().getTime() + LIFE_MS).toISOString();
  }

  async of(tx: EntityManager, { organizationId }: Pick<Actor, 'organizationId'>, incident: Of): Promise<string[]> {
    const key = drillKeyOf(incident);
    if (key === null) return [];
    return [key, ...(await descendantsOf(tx, organizationId, [key])).map(({ id }) => id)];
  }

  /** Throws `drill_only` when something else than the drill's own keys would be stopped or replaced. Of an incident that is no drill nothing is asked. */
  async requireOwn(
    tx: EntityManager,
    actor: Actor,
    incident: IncidentRow,
    touched: { keys: readonly string[]; others: number },
  ): Promise<void> {
    if (!incident.drill) return;
    const own = await this.of(tx, actor, incident);
    if (touched.others === 0 && touched.keys.every((id) => own.includes(id))) return;
    throw new AppError('drill_only', {
      detail:
        'This is a drill, which stops and replaces the key that was made for it and nothing else, so nothing was done. If the suspicion is real, open an incident that is no drill.',
    });
  }

  /** When the drill is over: none of its keys goes on. Returns those that were still in use. */
  async end(tx: EntityManager, actor: Actor, incident: IncidentRow): Promise<string[]> {
    const own = await this.of(tx, actor, incident);
    if (own.length === 0) return [];
    const now = this.clock.now();
    const living = (await livingKeys(tx, actor.organizationId, own)).filter((key) => keyState(datesOf(key), now) !== 'revoked');
    const reason = `The drill is over: ${nameOfIncident(incident)}`.slice(0, 500);
    await this.stops.revokeWithin(
      tx,
      actor,
      living.map(({ id }) => ({ uuid: id, reason })),
    );
    return living.map(({ id }) => id);
  }
}
