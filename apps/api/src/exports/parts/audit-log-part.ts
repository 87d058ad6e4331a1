/**
 * API logs, in the order of their sequence, up to the number that was the last when the export began: a consistent snapshot without a transaction
 * that stays open, for rows up to it are committed and never change. Pages are transactions of their own.
 */
import type { Json } from '@pinebill/contract';
import { copyRecordsSql, copySettings, everyRecord, lastSequence, readDictionary, recordsBySequence, surveyRecords, type SequenceRange, type StoredRecord, type Survey } from '@pinebill/nestjs-audit'; // prettier-ignore
import { logColumns, readLogFilter, recordFilter, toExportedRecord, withoutAnonymous, type LogColumn } from '../../audit-logs';
import { csvSeparators } from '../../platform/csv';
import { Pace } from '../../platform/give-way';
import { CopiedCsv } from '../formats/copied-csv';
import type { ReadEntries } from '../formats/copied-words';
import type { Row } from '../formats/encoder';
import { Blocks, copyOut } from './copy-out';
import { Incomplete, type Commission, type Facts, type Part, type Plan, type Reading, type Sink } from './part';

/** Of numbers a survey looks at in one statement: so few that they are found by their index. */
const SURVEYED = 131_072;
type PageSizes = {
  /** Rows that are made into objects at a time. */
  rows: number;
  /** Numbers that a COPY goes through: so many that its rows fit in memory to be sorted, and more where few of them match. */
  span: { least: number; first: number; most: number; wantedRows: number };
};
const usual: PageSizes = { rows: 2_000, span: { least: 16_384, first: 65_536, most: 1_048_576, wantedRows: 40_000 } };

/** Of the time that it works, an export rests so much. */
const RESTS = 0.4;
/** Of rows that were read and not yet written, at most: then reading waits. */
const MOST_HELD_BYTES = 24 * 1024 * 1024;

type LogPlan = Plan & { facts: { snapshotSequence: number } };
type Position = { sequence: number };

export class AuditLogPart implements Part {
  readonly name = 'auditLogs';
  readonly fileName = 'audit-logs';

  constructor(
    private readonly tenant: Reading,
    private readonly sizes = usual,
  ) {}

  columns({ request }: Commission): readonly LogColumn[] {
    return request.columns === null ? logColumns : logColumns.filter(({ name }) => request.columns?.includes(name));
  }

  async plan(commission: Commission): Promise<LogPlan> {
    const { organizationId, readsFrom, request } = commission;
    const upTo = await this.tenant.run(commission, (tx) => lastSequence(tx, organizationId));
    const whole = { ...(await this.rangeOf(commission)), after: 0, upTo };
    const found = await this.survey(whole);
    const firstKept = await this.tenant.run(commission, (tx) =>
      recordsBySequence(tx, { organizationId, filter: everyRecord, from: readsFrom, to: null, after: 0, upTo }, 1),
    );
    const shown = firstKept[0]?.sequence ?? upTo + 1;
    // What was recorded late, of a time that the plan shows no more: it stands among the others.
    const late = await this.survey({ organizationId, filter: everyRecord, from: new Date(0), to: readsFrom, after: shown, upTo });
    return {
      rows: found.rows,
      facts: {
        order: 'sequence',
        snapshotSequence: upTo,
        firstSequence: found.first,
        lastSequence: found.last,
        period: { from: whole.from.toISOString(), to: whole.to?.toISOString() ?? null },
        ...retentionFacts({ before: shown - 1, late: late.rows }, { readsFrom, asked: askedFrom(commission) }),
        hidden: commission.hidesAnonymous ? 'requests without a known caller, which only admins of this organization may see' : null,
        // Every number between the first and the last is a row of the file, when nothing was filtered.
        contiguous: isUnfiltered(request) && !commission.hidesAnonymous ? isContiguous(found) : null,
        recordedGaps: { records: found.gaps, missingAtMost: found.missingAtMost },
      },
    };
  }

  async write(commission: Commission, plan: Plan, after: Json, sink: Sink): Promise<Facts> {
    const { snapshotSequence, firstSequence, lastSequence: last } = plan.facts as { snapshotSequence: number; firstSequence: number | null; lastSequence: number | null }; // prettier-ignore
    if (firstSequence === null || last === null) return {};
    const position = (after as Position | null)?.sequence ?? firstSequence - 1;
    const range = { ...(await this.rangeOf(commission)), after: position, upTo: Math.min(last, snapshotSequence) };
    if (commission.request.format === 'csv') await this.copy(commission, range, sink);
    else await this.read(commission, range, sink);
    return {};
  }

  private async rangeOf({
    organizationId,
    readsFrom,
    hidesAnonymous,
    request,
  }: Commission): Promise<Omit<SequenceRange, 'after' | 'upTo'>> {
    const { filter: asked, from, to } = readLogFilter(request.filter);
    const filter = await this.tenant.run({ organizationId }, (tx) => recordFilter(tx, organizationId, asked));
    return {
      organizationId,
      filter: hidesAnonymous ? withoutAnonymous(filter) : filter,
      from: from !== null && from > readsFrom ? from : readsFrom,
      to,
    };
  }

  private async survey(range: SequenceRange): Promise<Survey> {
    const sum: Survey = { rows: 0, first: null, last: null, gaps: 0, missingAtMost: 0 };
    const pace = new Pace(RESTS);
    for (let after = range.after; after < range.upTo; after += SURVEYED) {
      const upTo = Math.min(after + SURVEYED, range.upTo);
      const found = await this.tenant.run(range, (tx) => surveyRecords(tx, { ...range, after, upTo }));
      sum.rows += found.rows;
      sum.first ??= found.first;
      sum.last = found.last ?? sum.last;
      sum.gaps += found.gaps;
      sum.missingAtMost += found.missingAtMost;
      await pace.rest();
    }
    return sum;
  }

  /** By spans of numbers, wider where few of them match: never does a page look through all that is left, nor hold more rows than is said. */
  private async read(commission: Commission, range: SequenceRange, sink: Sink): Promise<void> {
    const columns = this.columns(commission);
    const flat = commission.request.columns !== null;
    const { rows: limit, span: spans } = this.sizes;
    const pace = new Pace(RESTS);
    for (let { after } = range, span = limit; after < range.upTo;) {
      const upTo = Math.min(after + span, range.upTo);
      const records = await this.tenant.run(range, (tx) => recordsBySequence(tx, { ...range, after, upTo }, limit));
      await sink.rows(records.map((record) => rowOf(record, columns, flat)));
      const isFull = records.length === limit;
      after = isFull ? (records.at(-1)?.sequence ?? upTo) : upTo;
      await sink.reached(records.length, { sequence: after });
      await pace.rest();
      span = isFull ? Math.max(limit, span >> 1) : records.length < limit >> 2 ? Math.min(spans.most, span * 4) : span;
    }
  }

  /**
   * A span is read, and then written, while nothing is read: both at once would take two processors, and whoever waits for an answer has none then. That is
   * slower by a third, and still faster than a COPY of the same rows as text.
   */
  private async copy(commission: Commission, range: SequenceRange, sink: Sink): Promise<void> {
    const { separator, timeZone } = commission.request;
    const { organizationId } = range;
    const read: ReadEntries = (dictionary, from, limit) =>
      this.tenant.run(range, (tx) => readDictionary(tx, { organizationId, dictionary, from, limit }));
    const csv = new CopiedCsv(this.columns(commission), { read, separator: csvSeparators[separator], timeZone });
    const pace = new Pace(RESTS);
    const blocks = new Blocks();
    const held: Buffer[] = [];
    const write = async (): Promise<void> => {
      for (const bytes of held.splice(0)) {
        for await (const made of csv.push(bytes)) await sink.copied(made);
        blocks.give(bytes);
        await pace.rest();
      }
    };
    const take = async (bytes: Buffer): Promise<void> => {
      held.push(bytes);
      if (held.length * bytes.length >= MOST_HELD_BYTES) await write();
    };
    const { least, first, most, wantedRows } = this.sizes.span;
    for (let { after } = range, span = first; after < range.upTo;) {
      const upTo = Math.min(after + span, range.upTo);
      const copied = await this.tenant.run(range, async (tx) => {
        await tx.query(copySettings);
        return copyOut(tx, copyRecordsSql({ ...range, after, upTo }, csv.fields), blocks, take);
      });
      await pace.rest();
      await write();
      const rows = csv.end();
      if (rows !== copied) throw new Incomplete(rows, copied);
      await sink.reached(rows, { sequence: upTo });
      after = upTo;
      span = Math.max(least, Math.min(most, Math.round((span * wantedRows) / Math.max(rows, wantedRows / 4))));
    }
  }
}

function rowOf(record: StoredRecord, columns: readonly LogColumn[], flat: boolean): Row {
  const cells = () => columns.map(({ value }) => value(record));
  const object = (): unknown =>
    flat ? Object.fromEntries(columns.map((one) => [one.name, plain(one, one.value(record))])) : toExportedRecord(record);
  return { cells, object };
}

/** What is a text in a cell is a value in JSON. */
const plain = ({ type }: LogColumn, cell: string | number | null): unknown =>
  type === 'json' && typeof cell === 'string' ? (JSON.parse(cell) as unknown) : cell;

const askedFrom = ({ request }: Commission): Date | null => readLogFilter(request.filter).from;
const isUnfiltered = ({ filter }: Commission['request']): boolean => Object.keys(filter).length === 0;
const isContiguous = ({ rows, first, last }: Survey): boolean => first === null || last === null || rows === last - first + 1;

/** Retention is stated, not hidden: which numbers are gone or no longer shown, and whether that cut what was asked for. */
function retentionFacts(
  { before, late }: { before: number; late: number },
  { readsFrom, asked }: { readsFrom: Date; asked: Date | null },
): Record<string, Json> {
  return {
    retention: {
      begins: readsFrom.toISOString(),
      cutsPeriod: before + late > 0 && (asked === null || asked < readsFrom),
      missingSequences: before > 0 ? { from: 1, to: before } : null,
      recordedLate: late,
    },
  };
}
