/**
 * A list as a file, streamed at once (`?format=csv|jsonl`): for what is small. All of it or a connection that breaks, never less in silence; what is larger
 * than the bound is refused and led to an export.
 */
import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import { can } from '@pinebill/contract';
import { lastSequence, recordsBySequence, surveyRecords, type SequenceRange, type StoredRecord } from '@pinebill/nestjs-audit';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { csvLine } from '../platform/csv';
import { Turns } from '../platform/turns';
import { logColumns, toExportedRecord } from './log-columns';
import { readDirectQuery, type DirectFormat } from './log-query';
import { LogViews } from './log-views';
import { recordFilter } from './record-filter';

const MOST_ROWS = 10_000;
const PAGE = 500;
const AT_ONCE = 2;
const MOST_WAITING = 10;

const contentTypes: Record<DirectFormat, string> = { csv: 'text/csv; charset=utf-8; header=present', jsonl: 'application/jsonl' };

@Injectable()
export class DirectDownload {
  private readonly turns = new Turns(AT_ONCE, MOST_WAITING);

  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly views: LogViews,
  ) {}

  async open(actor: Actor, parameters: unknown, method: string): Promise<StreamableFile> {
    requireExport(actor);
    const { format, asked, filter, from, to } = readDirectQuery(parameters);
    const { organizationId } = actor;
    // A filter that finds hardly anything looks through all of the log.
    const found = await this.turns.take(actor, () =>
      this.tenant.run(actor, async (tx) => {
        const view = await this.views.of(tx, actor);
        const range: SequenceRange = {
          organizationId,
          filter: view.narrowed(await recordFilter(tx, organizationId, filter), actor),
          from: view.from(from),
          to,
          after: 0,
          upTo: await lastSequence(tx, organizationId),
        };
        const { rows, first, last } = await surveyRecords(tx, range, MOST_ROWS + 1);
        if (rows > MOST_ROWS) throw tooMany();
        const target = { type: 'export', id: null, name: 'API logs' } as const;
        // HEAD hands nothing out.
        if (method !== 'HEAD') await this.activity.record(tx, { actor, action: 'export.streamed', target, after: { format, filter: asked, rows } }); // prettier-ignore
        return { rows, range: { ...range, after: (first ?? 1) - 1, upTo: last ?? 0 } };
      }),
    );
    return new StreamableFile(Readable.from(this.bytes(format, found), { objectMode: false }), {
      type: contentTypes[format],
      disposition: `attachment; filename="api-logs.${format}"`,
    });
  }

  /** In the order of the sequence, up to the last that was there when it was counted. */
  private async *bytes(format: DirectFormat, { rows, range }: { rows: number; range: SequenceRange }): AsyncGenerator<Buffer> {
    if (format === 'csv') yield Buffer.from(csvLine(logColumns.map(({ name }) => name), ',')); // prettier-ignore
    let written = 0;
    for (let { after } = range; after < range.upTo;) {
      const records = await this.tenant.run(range, (tx) => recordsBySequence(tx, { ...range, after }, PAGE));
      written += records.length;
      after = records.length < PAGE ? range.upTo : (records.at(-1)?.sequence ?? range.upTo);
      yield Buffer.from(records.map(lineOf[format]).join(''));
    }
    // The connection breaks: whoever reads it learns that this is not all.
    if (written !== rows) throw new Error(`${written} rows were streamed where ${rows} were counted`);
  }
}

const lineOf: Record<DirectFormat, (record: StoredRecord) => string> = {
  csv: (record) => csvLine(logColumns.map(({ value }) => value(record)), ','), // prettier-ignore
  jsonl: (record) => `${JSON.stringify(toExportedRecord(record))}\n`,
};

/** The list may be read with less. */
function requireExport(actor: Actor): void {
  if (actor.type === 'user' && !can(actor.role, 'audit:export'))
    throw new AppError('insufficient_role', { detail: 'Your role in this organization may not export. An admin can change it.' });
  if (actor.type === 'apiKey' && !actor.scopes.includes('audit:export'))
    throw new AppError('missing_scope', {
      detail: 'A list as a file needs the scope audit:export. An admin can make a key that has it.',
      extensions: { scope: 'audit:export' },
      figures: { scope: 'audit:export' },
    });
}

const tooMany = (): AppError =>
  new AppError('too_many_rows', {
    detail: `More than ${MOST_ROWS.toLocaleString('en-US')} records match, and none was left out to fit. Make an export, which has no bound (POST /v1/exports), or narrow the filter.`,
    issues: [{ pointer: '?format', rule: 'rows', expected: `a filter that at most ${MOST_ROWS} records match` }],
  });
