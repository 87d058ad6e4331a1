/** The state of the installation, for people. */
import { ApiProperty } from '@nestjs/swagger';
import { auditModes, type AuditMode } from '@pinebill/nestjs-audit';
import { warningCodes, type WarningCode } from '../platform/warnings';

const at = '2025-12-02T10:30:15.123Z';
const instant = (description: string) => ({ type: String, format: 'date-time', nullable: true, example: at, description });
const count = (example: number, description: string) => ({ type: 'integer', example, description }) as const;

const countOrNull = (example: number, description: string) => ({ ...count(example, description), nullable: true }) as const;

export const severities = ['warning', 'danger'] as const;
export const logins = ['ordinary', 'owner', 'superuser'] as const;
export const processStates = ['alive', 'unshipped', 'vanished'] as const;
export const storageStates = ['ok', 'warning', 'full'] as const;
export const checkpointParts = ['journal', 'shipper', 'partitions', 'postgres'] as const;

export class SystemWarning {
  @ApiProperty({ enum: warningCodes, example: 'journal_filling' }) code!: WarningCode;
  @ApiProperty({ enum: severities, example: 'warning', description: '`danger`: something is lost, or will be unless somebody acts.' })
  severity!: (typeof severities)[number];
  @ApiProperty({ example: 'The journal is filling up (83 % of 1,073,741,824 bytes). At 100 % requests are refused with 503 and counted.' })
  message!: string;
  @ApiProperty({ example: 'See that PostgreSQL takes records again, or give the journal more room with PINEBILL_JOURNAL_MAX_BYTES.' })
  action!: string;
}

export class SystemProcess {
  @ApiProperty({ example: 'api-1' }) host!: string;
  @ApiProperty({ type: 'integer', example: 4711 }) pid!: number;
  @ApiProperty({ format: 'date-time', example: at }) startedAt!: string;
  @ApiProperty({ enum: ['starting', 'ready', 'stopping'], example: 'ready' }) state!: string;
}

export class DurabilitySettingsView {
  @ApiProperty({ example: true, description: 'What was committed survives a crash.' }) safe!: boolean;
  @ApiProperty({ example: true }) fsync!: boolean;
  @ApiProperty({ example: true }) fullPageWrites!: boolean;
  @ApiProperty({ example: 'on' }) synchronousCommit!: string;
}

export class RolesView {
  @ApiProperty({ example: true, description: 'The working role may only add to the audit log.' }) separated!: boolean;
  @ApiProperty({
    enum: logins,
    example: 'ordinary',
    description: '`owner`: it may become the role that owns the tables. `superuser`: it may do anything.',
  })
  login!: (typeof logins)[number];
}

export class SystemDatabase {
  @ApiProperty({ example: true }) reachable!: boolean;
  @ApiProperty(instant('When it said what is told of it, of the processes and of jobs. Null: it does not answer.')) asOf!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '18.4' }) version!: string | null;
  @ApiProperty({ type: DurabilitySettingsView, nullable: true }) settings!: DurabilitySettingsView | null;
  @ApiProperty({ type: RolesView, nullable: true }) roles!: RolesView | null;
}

export class SystemJournal {
  @ApiProperty(count(12, 'Records that are not in PostgreSQL yet.')) entries!: number;
  @ApiProperty(count(1, 'Requests that have begun, and whose end is not recorded yet.')) intents!: number;
  @ApiProperty(count(40_960, 'Its size.')) bytes!: number;
  @ApiProperty(count(1_073_741_824, 'The size at which requests are refused.')) maxBytes!: number;
  @ApiProperty({ enum: storageStates, example: 'ok', description: '`warning` from 80 % on.' }) storage!: (typeof storageStates)[number];
}

export class ShippedBatchView {
  @ApiProperty({ type: 'integer', example: 37 }) rows!: number;
  @ApiProperty({ type: Number, example: 6.2 }) milliseconds!: number;
  @ApiProperty({ format: 'date-time', example: at }) at!: string;
}

export class SystemShipper {
  @ApiProperty({ type: 'integer', nullable: true, example: 0, description: 'Age of the oldest record that is not in PostgreSQL.' })
  lagSeconds!: number | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why records do not get through right now.' })
  lastError!: string | null;
  @ApiProperty({ type: ShippedBatchView, nullable: true }) lastBatch!: ShippedBatchView | null;
}

export class SystemPartitions {
  @ApiProperty({ type: [String], example: ['2025-12', '2026-01', '2026-02'] }) months!: string[];
  @ApiProperty(countOrNull(0, 'Rows that no month was made for. Null: not known at the moment.')) strayRows!: number | null;
}

export class SystemCheckpoint {
  @ApiProperty({ enum: checkpointParts, example: 'journal' }) part!: (typeof checkpointParts)[number];
  @ApiProperty(instant('Null: not since the start, or the server does not tell.')) at!: string | null;
}

export class SystemCounts {
  @ApiProperty(count(0, 'Requests refused because they could not be recorded.')) unrecordable!: number;
  @ApiProperty(count(0, 'Requests refused because too many were open.')) overload!: number;
  @ApiProperty(count(0, 'Refusals of anonymous sources beyond the bound: in gap records, without a row each.')) coalesced!: number;
  @ApiProperty(count(0, 'Records dropped (mode async).')) lost!: number;
  @ApiProperty(countOrNull(0, 'Records in the quarantine, of all processes and whenever they came there. Null: not known at the moment.'))
  quarantined!: number | null;
  @ApiProperty(count(0, 'Damaged places found in the journal at the start.')) damaged!: number;
}

export class ProcessOnDatabase {
  @ApiProperty({ format: 'uuid', example: '0d2b7a3e-6c1f-4b0e-9a57-2f8f5f0c9a11', description: 'Of its journal.' }) journalId!: string;
  @ApiProperty({ example: 'api-1' }) host!: string;
  @ApiProperty({ type: 'integer', example: 4711 }) pid!: number;
  @ApiProperty({ example: '/var/lib/pinebill/journal', description: 'Of the journal.' }) directory!: string;
  @ApiProperty({ format: 'date-time', example: at }) startedAt!: string;
  @ApiProperty({ format: 'date-time', example: at }) seenAt!: string;
  @ApiProperty(count(0, 'As it said last.')) pendingEntries!: number;
  @ApiProperty({
    enum: processStates,
    example: 'alive',
    description:
      '`unshipped`: it has ended, and records are left. `vanished`: it ended without a word, and may have left records of its last seconds.',
  })
  state!: (typeof processStates)[number];
  @ApiProperty({ example: true, description: 'The one that answers.' }) self!: boolean;
}

export class SystemJob {
  @ApiProperty({ example: 'audit.partitions' }) name!: string;
  @ApiProperty({ enum: ['done', 'failed'], example: 'done' }) outcome!: 'done' | 'failed';
  @ApiProperty({ format: 'date-time', example: at }) endedAt!: string;
  @ApiProperty({ type: 'integer', example: 41 }) durationMs!: number;
  @ApiProperty(count(0, 'In a row.')) failures!: number;
  @ApiProperty({ example: 'api-1' }) host!: string;
}

export class SystemMail {
  @ApiProperty({ example: true, description: 'Whether there is a server to send by (PINEBILL_SMTP_URL).' }) configured!: boolean;
  @ApiProperty(count(0, 'Mails that wait, of all organizations.')) queued!: number;
  @ApiProperty(instant('Of those that wait.')) oldestQueuedAt!: string | null;
  @ApiProperty(count(0, 'In the last seven days: refused for good, or given up.')) failed!: number;
  @ApiProperty(instant('Null: none in the last seven days.')) lastFailedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null, description: 'In the words of the mail server.' }) lastError!: string | null;
}

export class SystemDetection {
  @ApiProperty(count(0, 'Organizations of which something waits to be looked at.')) behind!: number;
  @ApiProperty(count(0, 'Requests that wait, of all of them.')) waiting!: number;
  @ApiProperty(instant('When the oldest of them was made.')) oldestWaitingAt!: string | null;
  @ApiProperty(count(0, 'Organizations whose log cannot be looked at.')) failing!: number;
  @ApiProperty(instant('Of those that fail.')) lastFailedAt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: null }) lastError!: string | null;
}

export class TestMailSent {
  @ApiProperty({ example: 'ada@example.com', description: 'The address of whoever asked.' }) sentTo!: string;
}

export class SystemView {
  @ApiProperty({ example: true, description: 'As `GET /readyz` says.' }) ready!: boolean;
  @ApiProperty({ format: 'date-time', example: at }) checkedAt!: string;
  @ApiProperty({ enum: auditModes, example: 'durable' }) mode!: AuditMode;
  @ApiProperty(instant('Null: not known.')) modeSince!: string | null;
  @ApiProperty({ type: SystemProcess, description: 'The process that answers.' }) process!: SystemProcess;
  @ApiProperty({ type: SystemDatabase }) database!: SystemDatabase;
  @ApiProperty({ type: SystemJournal }) journal!: SystemJournal;
  @ApiProperty({ type: SystemShipper }) shipper!: SystemShipper;
  @ApiProperty({ type: SystemPartitions, nullable: true }) partitions!: SystemPartitions | null;
  @ApiProperty({ type: [SystemCheckpoint], description: 'When each part last finished its work.' }) checkpoints!: SystemCheckpoint[];
  @ApiProperty({ type: SystemCounts, description: 'Of this process, since its start; `quarantined` of all.' }) counts!: SystemCounts;
  @ApiProperty({ type: [ProcessOnDatabase] }) processes!: ProcessOnDatabase[];
  @ApiProperty({ type: SystemMail, nullable: true, description: 'Null: not known.' }) mail!: SystemMail | null;
  @ApiProperty({ type: SystemDetection, nullable: true, description: 'Null: not known.' }) detection!: SystemDetection | null;
  @ApiProperty({ type: [SystemJob] }) jobs!: SystemJob[];
  @ApiProperty({ type: [SystemWarning], description: 'The most pressing first.' }) warnings!: SystemWarning[];
}

export class QuarantineOwner {
  @ApiProperty({ example: 'org_01h455vb4pex5vsknk084sn02q' }) id!: string;
  @ApiProperty({ type: String, nullable: true, example: 'ACME GmbH', description: 'Null: there is no such organization.' })
  name!: string | null;
}

export class QuarantinedRecord {
  @ApiProperty({ format: 'uuid', example: '0d2b7a3e-6c1f-4b0e-9a57-2f8f5f0c9a11' }) journalId!: string;
  @ApiProperty({ example: '48213', description: 'Its place in that journal.' }) offset!: string;
  @ApiProperty({ format: 'date-time', example: at }) quarantinedAt!: string;
  @ApiProperty({ example: 'invalid input syntax for type inet: "10.0.0.256"', description: 'What PostgreSQL said.' }) error!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '{"id":"0193...","ip":"10.0.0.256"}',
    description:
      "As it was, whether or not it is JSON. Null: it is another organization's, and not shown; nor is what `error` quotes from it.",
  })
  record!: string | null;
  @ApiProperty({ type: QuarantineOwner, nullable: true, description: 'Null: whose it is could not be read.' })
  organization!: QuarantineOwner | null;
}

export class QuarantinePage {
  @ApiProperty({ type: [QuarantinedRecord] }) data!: QuarantinedRecord[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}
