/**
 * One attempt at one export, from where the attempt before had come: parts one after the other, each into its file. Complete or nothing: what was
 * counted must be what was written, and an export is ready only when all of its files are on the disk and its manifest is signed.
 */
import { join } from 'node:path';
import type { Json } from '@pinebill/contract';
import { typeId } from '../platform/ids';
import { csvSeparators } from '../platform/csv';
import { ExportFile } from './export-file';
import type { ExportFolders } from './export-folders';
import { partsOf, type ExportFormat } from './export-request';
import { noProgress, type ExportRow, type FinishedFile, type Lease, type Progress } from './exports.queries';
import type { Encoder } from './formats/encoder';
import { ParquetEncoder } from './formats/parquet-encoder';
import { CsvEncoder, JsonEncoder, JsonLinesEncoder } from './formats/text-encoders';
import { Incomplete, type Commission, type Part, type Plan, type Sink } from './parts/part';

/** Nothing that trying again would help. */
export class ExportFailed extends Error {
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}
/** Cancelled, or somebody else's by now. */
export class LeaseLost extends Error {}

/** The process stops; whoever comes next goes on. */
export class Stopping extends Error {}

type RunPorts = {
  parts: readonly Part[];
  places: ExportFolders;
  /** Writes down how far it is; false when the lease is lost. */
  keep: (progress: Progress) => Promise<boolean>;
  /** Throws when the process stops. */
  goOn: () => void;
  /** How far it is is written down as often; a cancelled export notices as fast. */
  keepEveryMs: number;
};

const endings: Record<ExportFormat, string> = { csv: 'csv', jsonl: 'jsonl', json: 'json', parquet: 'parquet' };

export class ExportRun {
  private readonly commission: Commission;
  private readonly lease: Lease;
  private progress: Progress;

  constructor(
    private readonly row: ExportRow,
    private readonly ports: RunPorts,
  ) {
    const { organization_id: organizationId, id, attempt, request, reads_from: readsFrom, hides_anonymous: hidesAnonymous } = row;
    this.commission = { organizationId, request, readsFrom, hidesAnonymous };
    this.lease = { organizationId, id, attempt };
    this.progress = row.progress ?? noProgress(this.lease);
  }

  async files(): Promise<FinishedFile[]> {
    const { places } = this.ports;
    const folder = await places.make(this.lease);
    if (this.progress.attempt !== this.lease.attempt) await this.takeOver(folder);
    await this.keep();
    for (const name of partsOf[this.row.source].slice(this.progress.done.length)) {
      const part = this.ports.parts.find((one) => one.name === name);
      if (!part) throw new ExportFailed('internal_error', `There is nothing that writes ${name}.`);
      await this.write(part, folder);
    }
    await places.settle(this.lease);
    await places.removeOthers(this.lease);
    return this.progress.done;
  }

  /** What the attempt before has finished is copied, for somebody may still believe that it is theirs; what is not there is written again. */
  private async takeOver(folder: string): Promise<void> {
    const before = this.ports.places.folder({ id: this.lease.id, attempt: this.progress.attempt });
    const done: FinishedFile[] = [];
    for (const file of this.progress.done) {
      const copy = await ExportFile.create(join(folder, file.name), { gzip: false });
      const whole = await copy.goOnFrom(join(before, file.name), file.bytes);
      const { sha256 } = await copy.finish();
      if (!whole || sha256 !== file.sha256) {
        // Its place is needed by the one that is written instead.
        await this.ports.places.discard(join(folder, file.name));
        break;
      }
      done.push(file);
    }
    const lostSome = done.length < this.progress.done.length;
    this.progress = { ...this.progress, done, part: lostSome ? null : this.progress.part };
  }

  private async write(part: Part, folder: string): Promise<void> {
    const { commission } = this;
    const begun = this.progress.part;
    const plan = begun?.plan ?? (await this.decided(part));
    const name = this.nameOf(part);
    const path = join(folder, name);
    const columns = part.columns(commission);
    const { file, rows, position } = await this.begin(path, begun);
    const encoder = this.encoder(columns, rows);
    this.progress = { ...this.progress, attempt: this.lease.attempt, part: { plan, rows, bytes: file.bytes, position } };
    const sink = new FileSink(file, encoder, (written, reached) => this.reached(file, { plan, rows: written, position: reached }));
    sink.written = rows;
    try {
      if (position === null) await file.write(encoder.head());
      const facts = await part.write(commission, plan, position, sink);
      if (plan.rows !== null && sink.written !== plan.rows) throw new Incomplete(sink.written, plan.rows);
      await file.write(encoder.tail());
      const finished = { part: part.name, name, rows: sink.written, ...(await file.finish()), columns: columns.map((column) => column.name), facts: { ...plan.facts, ...facts } }; // prettier-ignore
      this.progress = { ...this.progress, done: [...this.progress.done, finished], part: null };
    } catch (error) {
      await file.abandon();
      throw error;
    }
    await this.keep();
  }

  /** Written down before the first row, so that whoever goes on means the same rows. */
  private async decided(part: Part): Promise<Plan> {
    const plan = await part.plan(this.commission);
    this.progress = { ...this.progress, part: { plan, rows: 0, bytes: 0, position: null } };
    await this.keep();
    return plan;
  }

  /** Behind what is there of it, when that can be gone on with; else from the beginning, with the same plan. */
  private async begin(path: string, begun: Progress['part']): Promise<{ file: ExportFile; rows: number; position: Json }> {
    const { gzip } = this.commission.request;
    const file = await ExportFile.create(path, { gzip });
    const goesOn = begun !== null && begun.position !== null && begun.bytes > 0 && this.commission.request.format !== 'parquet';
    if (!goesOn) return { file, rows: 0, position: null };
    const before = join(
      this.ports.places.folder({ id: this.lease.id, attempt: this.progress.attempt }),
      path.slice(path.lastIndexOf('/') + 1),
    );
    if (await file.goOnFrom(before, begun.bytes)) return { file, rows: begun.rows, position: begun.position };
    await file.abandon();
    await this.ports.places.discard(path);
    return { file: await ExportFile.create(path, { gzip }), rows: 0, position: null };
  }

  private keptAt = performance.now();

  private async reached(file: ExportFile, { plan, rows, position }: { plan: Plan; rows: number; position: Json }): Promise<void> {
    this.ports.goOn();
    if (performance.now() - this.keptAt < this.ports.keepEveryMs) return;
    if (await this.ports.places.isFull()) throw new ExportFailed('disk_full', 'The disk of the exports has too little room left.');
    await file.settle();
    this.progress = { ...this.progress, part: { plan, rows, bytes: file.bytes, position } };
    await this.keep();
  }

  private async keep(): Promise<void> {
    this.keptAt = performance.now();
    if (!(await this.ports.keep(this.progress))) throw new LeaseLost();
  }

  private encoder(columns: ReturnType<Part['columns']>, rows: number): Encoder {
    const { format, separator, timeZone } = this.commission.request;
    switch (format) {
      case 'csv':
        return new CsvEncoder(columns, csvSeparators[separator], timeZone);
      case 'jsonl':
        return new JsonLinesEncoder();
      case 'json':
        return new JsonEncoder(rows > 0);
      case 'parquet':
        return new ParquetEncoder(columns);
    }
  }

  private nameOf(part: Part): string {
    const { format, gzip } = this.commission.request;
    return `${typeId('exp', this.lease.id)}.${part.fileName}.${endings[format]}${gzip ? '.gz' : ''}`;
  }
}

/** Counts what is written, and passes it on. */
class FileSink implements Sink {
  written = 0;

  constructor(
    private readonly file: ExportFile,
    private readonly encoder: Encoder,
    private readonly report: (written: number, position: Json) => Promise<void>,
  ) {}

  rows(rows: Parameters<Sink['rows']>[0]): Promise<void> {
    return this.file.write(this.encoder.rows(rows));
  }

  copied(chunk: Buffer): Promise<void> {
    return this.file.write(chunk);
  }

  async reached(rows: number, position: Json): Promise<void> {
    this.written += rows;
    await this.report(this.written, position);
  }
}
