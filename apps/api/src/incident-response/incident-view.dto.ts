/** An incident as it is shown: in a list, and on its page. */
import { ApiProperty } from '@nestjs/swagger';
import {
  incidentActions,
  incidentSeverities,
  incidentSources,
  incidentSteps,
  keyStates,
  type IncidentAction,
  type IncidentSeverity,
  type IncidentSource,
  type IncidentStepName,
  type KeyState,
} from '@pinebill/contract';
import { ConfirmingProcess } from '../api-keys';

const at = '2025-12-02T10:30:15.123Z';
export const time = (description?: string) =>
  ({ type: String, format: 'date-time', nullable: true, example: at, ...(description ? { description } : {}) }) as const;
const seconds = (description: string) => ({ type: Number, nullable: true, example: 74.2, description }) as const;
const text = (example: string | null, description?: string) =>
  ({ type: String, nullable: true, example, ...(description ? { description } : {}) }) as const;
const key = 'key_01kaxvz3k5e7hs0q4mm2m1bqgf';

export class IncidentPerson {
  @ApiProperty(text('usr_01jdw2f8qtfvkbh1mv4s9aq0ng', 'Null: the system.')) id!: string | null;
  @ApiProperty({ example: 'Ada Lovelace', description: 'As it was then.' }) name!: string;
}

const who = (description: string) => ({ type: IncidentPerson, nullable: true, description }) as const;

export class IncidentOrigin {
  @ApiProperty({ enum: incidentSources, example: 'record' }) kind!: IncidentSource;
  @ApiProperty({ type: [String], example: ['log_01jdw2f8qtfvkbh1mv4s9aq0ng'], description: 'Ids or addresses that it was opened with.' })
  references!: string[];
  @ApiProperty(text(null, 'Where a leak was found.')) url!: string | null;
}

export class IncidentContainment {
  @ApiProperty(time('Null: it holds, and since when is not known.')) at!: string | null;
  @ApiProperty(who('Null: it was done elsewhere than in the incident.')) by!: IncidentPerson | null;
  @ApiProperty({
    enum: ['revoke', 'quarantine', 'disable', 'ended', 'sessions', 'block'],
    example: 'revoke',
    description: 'Of a key: what it is now; `ended`: expired or rotated out.',
  })
  how!: 'revoke' | 'quarantine' | 'disable' | 'ended' | 'sessions' | 'block';
}

export class IncidentSuccessor {
  @ApiProperty({ example: key }) id!: string;
  @ApiProperty({ example: 'Production API 2026' }) name!: string;
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
  @ApiProperty({ enum: keyStates, example: 'active' }) state!: KeyState;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
}

export class RefusedUse {
  @ApiProperty({ example: 40, description: 'Requests with the key that were refused since it was stopped.' }) requests!: number;
  @ApiProperty({ example: true, description: 'False: there are too many to count; `requests` counts those since `countedFrom`.' })
  isExact!: boolean;
  @ApiProperty({ format: 'date-time', example: at }) countedFrom!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { apiKeyId: key, reason: 'revoked_key', from: at },
    description: 'The filter of the log that shows them.',
  })
  filter!: Record<string, string>;
}

/** What is known at this moment of a key that was stopped. */
export class IncidentKeyLive {
  @ApiProperty(time('From when on no process accepts the key. Null: not yet certain, or it is not revoked.')) effectiveAt!: string | null;
  @ApiProperty(time('The last request that was let in with it. Null: none, or not known yet.')) lastAcceptedAt!: string | null;
  @ApiProperty(time('Every request that was answered before this moment was looked at. Null: not known.')) asOf!: string | null;
  @ApiProperty({ type: [ConfirmingProcess] }) processes!: ConfirmingProcess[];
  @ApiProperty({ type: RefusedUse }) refusedSince!: RefusedUse;
}

export class IncidentKey {
  @ApiProperty({ example: 'pbk_...x7f2' }) masked!: string;
  @ApiProperty({ enum: keyStates, example: 'revoked' }) state!: KeyState;
  @ApiProperty(text('checkout')) service!: string | null;
  @ApiProperty(text('payments')) team!: string | null;
  @ApiProperty(text('production')) environment!: string | null;
  @ApiProperty(time()) lastUsedAt!: string | null;
  @ApiProperty(text('203.0.113.7')) lastUsedIp!: string | null;
  @ApiProperty({ type: [IncidentSuccessor], description: 'The keys that took its place, the oldest first.' })
  successors!: IncidentSuccessor[];
  @ApiProperty({
    type: IncidentKeyLive,
    nullable: true,
    description: 'Only on the page of the incident, of the first 20 keys that were stopped.',
  })
  live!: IncidentKeyLive | null;
}

export class IncidentSubject {
  @ApiProperty({ enum: ['key', 'address', 'person'], example: 'key' }) kind!: 'key' | 'address' | 'person';
  @ApiProperty({ example: key, description: 'Of a key or a person; an address or network itself.' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
  @ApiProperty({ format: 'date-time', example: at }) addedAt!: string;
  @ApiProperty({ type: IncidentContainment, nullable: true, description: 'Null: it can still do harm.' })
  contained!: IncidentContainment | null;
  @ApiProperty(time('Of a person whose sessions were ended: signed in again since then. Null: not, or not any more.'))
  signedInAgainAt!: string | null;
  @ApiProperty({ type: IncidentKey, nullable: true, description: 'Of a key.' }) key!: IncidentKey | null;
}

export class IncidentStepView {
  @ApiProperty({ enum: incidentSteps, example: 'contained' }) step!: IncidentStepName;
  @ApiProperty({ enum: ['done', 'notNeeded', 'open'], example: 'done' }) status!: 'done' | 'notNeeded' | 'open';
  @ApiProperty(time('When the last of its facts happened.')) at!: string | null;
  @ApiProperty(who('Who brought it about. Null: the system, or somebody elsewhere than in the incident.')) by!: IncidentPerson | null;
  @ApiProperty(text(null, 'Why it is not needed.')) because!: string | null;
  @ApiProperty(seconds('Since the incident was opened; less than 0 where the fact is older.')) secondsSinceOpened!: number | null;
  @ApiProperty({ type: [String], example: [], description: 'What would make it done; empty unless it is open.' }) missing!: string[];
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { keys: [{ id: key, name: 'Production API', successors: [] }] },
    description:
      'What it rests on: `subjects` and how each was stopped, `keys` and their successors, `services` and where each stands, `from` and `to` of the extent. Of a closed incident as it was then.',
  })
  facts!: Record<string, unknown>;
}

export class IncidentMissing {
  @ApiProperty({ enum: incidentSteps, example: 'replaced' }) step!: IncidentStepName;
  @ApiProperty({ example: 'Production API has no successor that works: make one.' }) what!: string;
}

export class IncidentTimes {
  @ApiProperty(seconds("From opening to an admin's first look.")) toLookSeconds!: number | null;
  @ApiProperty(seconds('From opening to the moment at which nothing of it could do harm any more.')) toContainSeconds!: number | null;
  @ApiProperty(seconds('From opening to closing.')) toCloseSeconds!: number | null;
}

export class IncidentCounts {
  @ApiProperty({ example: 3 }) evidence!: number;
  @ApiProperty({ example: 2 }) notes!: number;
  @ApiProperty({ example: 4, description: 'Without those that were taken off the list.' }) services!: number;
  @ApiProperty({ example: 1, description: 'Not seen with a new key yet.' }) openServices!: number;
  @ApiProperty({ example: 2 }) followUps!: number;
  @ApiProperty({ example: 1 }) openFollowUps!: number;
}

export class IncidentScope {
  @ApiProperty({ format: 'date-time', example: at }) from!: string;
  @ApiProperty(time('Null: up to the containment.')) to!: string | null;
  @ApiProperty({ format: 'date-time', example: at }) confirmedAt!: string;
  @ApiProperty({ type: IncidentPerson }) confirmedBy!: IncidentPerson;
}

export class IncidentSummary {
  @ApiProperty({ example: 'inc_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 12, description: 'Counted in the organization, from 1.' }) number!: number;
  @ApiProperty({ example: 'Production API used from 203.0.113.7' }) title!: string;
  @ApiProperty({ enum: incidentSeverities, example: 'high' }) severity!: IncidentSeverity;
  @ApiProperty({ enum: incidentSteps, example: 'contained', description: 'The last step that is reached without a hole before it.' })
  state!: IncidentStepName;
  @ApiProperty({ example: false }) drill!: boolean;
  @ApiProperty({ format: 'date-time', example: at }) openedAt!: string;
  @ApiProperty({ type: IncidentPerson }) openedBy!: IncidentPerson;
  @ApiProperty(who('Whose it is now.')) assignee!: IncidentPerson | null;
  @ApiProperty(time('When an admin first looked at it.')) lookedAt!: string | null;
  @ApiProperty(time()) containedAt!: string | null;
  @ApiProperty(time()) closedAt!: string | null;
  @ApiProperty({ type: [IncidentSubject] }) subjects!: IncidentSubject[];
}

export class IncidentView extends IncidentSummary {
  @ApiProperty({ type: IncidentOrigin }) openedFrom!: IncidentOrigin;
  @ApiProperty(who('The admin who looked first.')) lookedBy!: IncidentPerson | null;
  @ApiProperty({ type: [IncidentStepView], description: 'All six, in their order.' }) steps!: IncidentStepView[];
  @ApiProperty({ type: [IncidentMissing], description: 'What stands in the way of closing it.' }) missing!: IncidentMissing[];
  @ApiProperty({ enum: incidentActions, isArray: true, example: ['contain', 'note'], description: 'What whoever asks can do now.' })
  actions!: IncidentAction[];
  @ApiProperty({ type: IncidentTimes }) times!: IncidentTimes;
  @ApiProperty({ type: IncidentCounts }) counts!: IncidentCounts;
  @ApiProperty({ type: IncidentScope, nullable: true, description: 'What was looked through. Null: nobody has confirmed it yet.' })
  scope!: IncidentScope | null;
  @ApiProperty(text('The key was committed to a public repository.')) rootCause!: string | null;
  @ApiProperty(text('212 invoices were read.')) impact!: string | null;
  @ApiProperty(text('Scan commits for keys.')) lessons!: string | null;
  @ApiProperty(who('Who closed it.')) closedBy!: IncidentPerson | null;
  @ApiProperty(time()) reopenedAt!: string | null;
  @ApiProperty(time('Since when its evidence is no longer held. Null: it is held.')) holdReleasedAt!: string | null;
}

export class IncidentPage {
  @ApiProperty({ type: [IncidentSummary] }) data!: IncidentSummary[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}
