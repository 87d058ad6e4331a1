/** What is shown of the work on an incident. */
import { ApiProperty } from '@nestjs/swagger';
import { LogRecord } from '../audit-logs';
import { IncidentPerson, time } from './incident-view.dto';

const at = '2025-12-02T10:30:15.123Z';
const text = (example: string | null, description?: string) =>
  ({ type: String, nullable: true, example, ...(description ? { description } : {}) }) as const;
const cursor = { type: String, nullable: true, example: null } as const;
export const serviceStates = ['waiting', 'moved', 'done', 'notNeeded', 'suspect'] as const;

export class IncidentKeyName {
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Production API' }) name!: string;
}

export class IncidentService {
  @ApiProperty({ example: 'cal_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'acme-checkout from 203.0.113.0/24' }) label!: string;
  @ApiProperty({ enum: serviceStates, example: 'waiting', description: '`moved`: seen with the new key; `suspect`: nobody waits for it.' })
  state!: (typeof serviceStates)[number];
  @ApiProperty({ enum: ['system', 'person'], example: 'system', description: 'Who put it on the list.' }) source!: 'system' | 'person';
  @ApiProperty({ type: IncidentKeyName, nullable: true, description: 'The key that it used.' }) apiKey!: IncidentKeyName | null;
  @ApiProperty(text('203.0.113.0/24', 'Null: not known, or put on the list by a person.')) network!: string | null;
  @ApiProperty(text('acme-checkout')) agent!: string | null;
  @ApiProperty(text('checkout', 'Of the key.')) service!: string | null;
  @ApiProperty(time('Its last request that was accepted with the old key.')) lastOldAt!: string | null;
  @ApiProperty(time('When it was first seen with the new key.')) movedAt!: string | null;
  @ApiProperty({ type: IncidentKeyName, nullable: true, description: 'Seen with this key.' }) movedTo!: IncidentKeyName | null;
  @ApiProperty({ example: 12, description: 'Its requests that were refused since the old key was stopped.' }) refusedRequests!: number;
  @ApiProperty(time()) lastRefusedAt!: string | null;
  @ApiProperty(text(null, 'Why it does not need the new key.')) notNeededBecause!: string | null;
  @ApiProperty(text(null)) comment!: string | null;
  @ApiProperty({ type: IncidentPerson, nullable: true, description: 'Who changed the line last.' }) changedBy!: IncidentPerson | null;
}

export class IncidentServices {
  @ApiProperty({ type: [IncidentService], description: 'Whoever is waited for comes first.' }) data!: IncidentService[];
}

export class IncidentNote {
  @ApiProperty({ example: 'note_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ format: 'date-time', example: at }) at!: string;
  @ApiProperty({ type: IncidentPerson }) author!: IncidentPerson;
  @ApiProperty({ example: 'Asked the team: **nobody** runs this from there.', description: 'Markdown.' }) text!: string;
  @ApiProperty({ type: [IncidentPerson] }) mentions!: IncidentPerson[];
}

export class IncidentNotes {
  @ApiProperty({ type: [IncidentNote], description: 'The oldest first.' }) data!: IncidentNote[];
  @ApiProperty(cursor) nextCursor!: string | null;
}

export class IncidentFollowUp {
  @ApiProperty({ example: 'fup_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ example: 'Scan all repositories for keys' }) title!: string;
  @ApiProperty({ type: IncidentPerson, nullable: true }) owner!: IncidentPerson | null;
  @ApiProperty({ type: String, format: 'date', nullable: true, example: '2025-12-31' }) dueOn!: string | null;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty(time()) doneAt!: string | null;
  @ApiProperty({ type: IncidentPerson, nullable: true }) doneBy!: IncidentPerson | null;
}

export class IncidentFollowUps {
  @ApiProperty({ type: [IncidentFollowUp], description: 'In the order in which they were added.' }) data!: IncidentFollowUp[];
}

export class IncidentEvidenceRow {
  @ApiProperty({ type: LogRecord, description: 'As it was shown when it was added.' }) record!: LogRecord;
  @ApiProperty({ format: 'date-time', example: at }) addedAt!: string;
  @ApiProperty({ type: IncidentPerson }) addedBy!: IncidentPerson;
}

export class IncidentEvidencePage {
  @ApiProperty({ type: [IncidentEvidenceRow], description: 'The oldest record first.' }) data!: IncidentEvidenceRow[];
  @ApiProperty(cursor) nextCursor!: string | null;
}

export class AddedEvidence {
  @ApiProperty({ example: 3, description: 'New; what was evidence before stays as it was.' }) added!: number;
  @ApiProperty({ example: 12, description: 'Of the incident now.' }) total!: number;
}

export class TimelineEntry {
  @ApiProperty({ example: 'evt_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty({ format: 'date-time', example: at }) at!: string;
  @ApiProperty({
    example: 'contained',
    description:
      'Of the incident: `opened`, `looked`, `contained`, `replaced`, `serviceMoved`, `scoped`, `noteAdded`, `closed` and so on. Else an action of the activity log about something that the incident is about, such as `api_key.enabled`; `evidence.first` and `evidence.last` are the oldest and the newest record that was added.',
  })
  kind!: string;
  @ApiProperty({ type: IncidentPerson }) actor!: IncidentPerson;
  @ApiProperty({ example: 'Ada Lovelace revoked Production API.', description: 'In words.' }) text!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { action: 'revoke' } }) data!: Record<string, unknown>;
}

export class IncidentTimeline {
  @ApiProperty({ type: [TimelineEntry], description: 'In the order of time; at most 2,000.' }) data!: TimelineEntry[];
}
