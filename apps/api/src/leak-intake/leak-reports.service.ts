/** Reports of leaked keys, as they come in, and as people read them. What is done about one is the business of leak-responses.jobs.ts. */
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { maskedKey } from '@pinebill/contract';
import { DataSource } from 'typeorm';
import { datesOf, keyPolicy, keyState } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { requireId, typeId, typeIdOrNull } from '../platform/ids';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import type { LeakFeedback, LeakReportPage, LeakReportView } from './leak-intake.dto';
import { LeakResponses } from './leak-responses.jobs';
import { leakReportColumns, takeReports, type LeakReportRow } from './leak-reports.queries';
import { readReport, type ReportedKey } from './report-body';
import { LeakReportKeys } from './report-keys.service';
import { isSignedBy } from './report-signature';

/** No answer leaves earlier: what is done for a key of ours, and for nothing else, would otherwise be seen. By then it is usually done, too. */
const ANSWER_MS = 250;

/** As the two headers came; one that came twice is no text. */
export type Signature = { identifier: string | string[] | undefined; signature: string | string[] | undefined };
type ListedRow = LeakReportRow & Parameters<typeof datesOf>[0] & { name: string; last4: string };

@Injectable()
export class LeakReportsService {
  private readonly logger = new Logger('Leaks');

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly keys: LeakReportKeys,
    private readonly responses: LeakResponses,
  ) {}

  /** Nothing of the body is believed, or even parsed, before its signature is right. */
  async take(body: unknown, signature: Signature): Promise<LeakFeedback[]> {
    const startedMs = performance.now();
    const bytes = await this.requireSigned(body, signature);
    const reported = readReport(bytes);
    const ours = await takeReports(this.db, reported, this.clock.now());
    this.logger.log(`A report of ${reported.length} leaked keys: ${ours.size} of them are known here`);
    this.responses.begin();
    await wait(Math.max(0, startedMs + ANSWER_MS - performance.now()));
    return reported.map((key) => feedback(key, ours));
  }

  list(actor: Actor, parameters: unknown): Promise<LeakReportPage> {
    const query = readQuery(parameters, ['apiKeyId', 'limit', 'cursor', 'order']);
    const [limit, order, cursor, key] = [readLimit(query), readOrder(query), readText(query, 'cursor'), readText(query, 'apiKeyId')];
    const apiKeyId = key === null ? null : requireId('key', key);
    const binding: CursorBinding = { list: 'leak-reports', organizationId: actor.organizationId, order, filter: { apiKeyId } };
    const after = cursor === null ? null : decodeCursor(cursor, binding).id;
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const { expiringDays } = await keyPolicy(tx, actor.organizationId);
      // Ids are UUIDv7: their order is the order in which reports came.
      const rows = await tx.query<ListedRow[]>(
        `select r.*, k.name, k.last4, k.expires_at, k.disabled_at, k.quarantined_at, k.rotated_out_at, k.revoked_at
         from (select organization_id, ${leakReportColumns} from leak_report where organization_id = $1) r
           join api_key k on k.organization_id = r.organization_id and k.id = r.api_key_id
         where ($2::uuid is null or r.id ${order === 'desc' ? '<' : '>'} $2) and ($3::uuid is null or r.api_key_id = $3)
         order by r.id ${order} limit $4`,
        [actor.organizationId, after, apiKeyId, limit + 1],
      );
      const at = (row: ListedRow) => ({ at: row.reported_at, id: row.id });
      return pageOf(rows, limit, { binding, at, view: (row) => toView(row, now, expiringDays) });
    });
  }

  private async requireSigned(body: unknown, { identifier, signature }: Signature): Promise<Buffer> {
    // Before anything else: an installation that takes none says so.
    this.keys.requireConfigured();
    if (typeof identifier !== 'string' || typeof signature !== 'string' || identifier === '' || signature === '') throw unsigned();
    const key = await this.keys.find(identifier);
    if (!Buffer.isBuffer(body) || key === null || !isSignedBy(key, body, signature)) throw badSignature();
    return body;
  }
}

const feedback = ({ hash, type }: ReportedKey, ours: ReadonlySet<string>): LeakFeedback => {
  const token_hash = hash.toString('hex');
  return { token_hash, token_type: type, label: ours.has(token_hash) ? 'true_positive' : 'false_positive' };
};

const toView = (row: ListedRow, now: Date, expiringDays: number): LeakReportView => ({
  id: typeId('lkr', row.id),
  apiKey: {
    id: typeId('key', row.api_key_id),
    name: row.name,
    masked: maskedKey(row.last4),
    state: keyState(datesOf(row), now, expiringDays),
  },
  type: row.token_type,
  url: row.url,
  source: row.source,
  reportedAt: row.reported_at.toISOString(),
  lastReportedAt: row.last_reported_at.toISOString(),
  times: row.times,
  action: row.action,
  policy: row.policy,
  handledAt: row.handled_at?.toISOString() ?? null,
  incidentId: typeIdOrNull('inc', row.incident_id),
});

const unsigned = (): AppError =>
  new AppError('unsigned_report', {
    detail:
      'A report carries Github-Public-Key-Identifier and Github-Public-Key-Signature, each once. Only signed reports are taken; to check a key by hand, sign in and use the leak check.',
  });

const badSignature = (): AppError =>
  new AppError('invalid_signature', {
    detail:
      'The signature was not made over these bytes with a key that is published here. Sign the body exactly as it is sent (ECDSA P-256, SHA-256, DER in base64).',
  });
