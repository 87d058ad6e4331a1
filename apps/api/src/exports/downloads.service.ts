/**
 * Hands files out, all or a range of them, so that a download that broke off goes on. Each is an entry of the activity, written before the first byte:
 * whatever follows the beginning of a download within an hour is of its entry.
 */
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { requireId } from '../platform/ids';
import { invalidField, readQuery, readText } from '../platform/query';
import type { Standing } from '../platform/standing';
import { SigningKeysService } from '../signing-keys';
import { readRange, type ByteRange } from './byte-range';
import { target } from './export-endings.service';
import { ExportPlaces } from './export-places';
import { bundleDownload, fileDownload, paperDownload, paperNamed, papersOf, rowsNamed, shortNames, type Download } from './download';
import type { ExportFileView } from './exports.dto';
import type { ExportRow } from './exports.queries';
import { load } from './exports.service';
import { filesOf } from './manifest';
import { bytesOf, sizeOf, type Segment } from './tar';

/** The parts of one download. */
const SAME_DOWNLOAD_MS = 3_600_000;
const STANDING_MS = 400;

type Http = { request: FastifyRequest; reply: FastifyReply; standing: Standing };

@Injectable()
export class DownloadsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly places: ExportPlaces,
    private readonly keys: SigningKeysService,
    private readonly clock: Clock,
  ) {}

  async open(actor: Actor, id: string, parameters: unknown, { request, reply, standing }: Http): Promise<StreamableFile> {
    const file = readText(readQuery(parameters, ['file']), 'file');
    const [uuid, now] = [requireId('exp', id), this.clock.now()];
    const row = await this.tenant.run(actor, (tx) => load(tx, actor, uuid, now));
    const download = await this.find(row, file);
    const size = download.segments.reduce((sum, segment) => sum + sizeOf(segment), 0);
    const { range: asked, 'if-range': condition } = request.headers;
    // Of another file than the one whose beginning they have, they get all.
    const range = condition === undefined || condition === download.etag ? readRange(asked, size) : null;
    if (range === 'unsatisfiable')
      throw new AppError('range_not_satisfiable', {
        detail: `The file has ${size} bytes, and the range begins behind them. Leave the Range header away to get all of it.`,
        headers: { 'content-range': `bytes */${size}` },
      });
    // HEAD hands nothing out. Whoever asks for the beginning begins a download; only what follows belongs to one that was noted.
    if (request.method !== 'HEAD') await this.note(actor, row, { name: download.name, isPart: range !== null && range.first > 0 });
    return answer(reply, download, { size, range, standing });
  }

  private async find(row: ExportRow, file: string | null): Promise<Download> {
    const paper = paperNamed(row.id, file);
    // After their files the papers stay: they are evidence of what there was.
    const isThere = row.state === 'ready' || (paper !== null && row.state === 'expired');
    const all = row.signing_key_id === null ? null : papersOf(row, await this.keys.get(row.signing_key_id));
    if (!isThere || all === null) throw unavailable(row);
    if (paper !== null) return paperDownload(row.id, paper, all);
    const files = filesOf(row);
    const wanted = rowsNamed(row.id, files, file);
    if (wanted === 'unknown') throw unknownFile(files);
    if (wanted) return fileDownload(wanted, await this.onDisk(row, wanted));
    const contents = await Promise.all(files.map(async (one) => ({ name: one.name, content: await this.onDisk(row, one) })));
    return bundleDownload(row, contents, all);
  }

  private async onDisk(row: ExportRow, { name, bytes }: ExportFileView): Promise<Segment> {
    const path = join(this.places.folder(row), name);
    if (await this.places.has(path)) return { path, size: bytes };
    const host = row.worked_on_by?.split(':')[0] ?? 'another machine';
    throw new AppError('export_elsewhere', {
      detail: `The file was written by the process on ${host}, into its own data directory. Ask that one, or let all processes share a folder: PINEBILL_EXPORT_DIR.`,
    });
  }

  private note(actor: Actor, row: ExportRow, { name, isPart }: { name: string; isPart: boolean }): Promise<void> {
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      if (isPart) {
        const [same] = await tx.query<{ id: string }[]>(
          `select id from activity where organization_id = $1 and target_id = $2 and action = 'export.downloaded' and actor_id = $3
             and occurred_at > $4 and after ->> 'file' = $5 limit 1`,
          [actor.organizationId, row.id, actor.id, new Date(now.getTime() - SAME_DOWNLOAD_MS), name],
        );
        if (same) return;
      }
      await this.activity.record(tx, { actor, action: 'export.downloaded', target: target(row), after: { file: name } });
    });
  }
}

const unknownFile = (files: readonly ExportFileView[]): AppError =>
  invalidField({ pointer: '?file', rule: 'choice', expected: `one of ${[...shortNames, ...files.map(({ name }) => name)].join(', ')}` });

function unavailable({ state, failure }: ExportRow): AppError {
  if (state === 'expired')
    return new AppError('export_expired', {
      detail: 'The files of this export have been deleted. Make it again: POST /v1/exports. Its manifest is still there: ?file=manifest.',
    });
  return new AppError('export_not_ready', {
    detail:
      state === 'failed'
        ? `The export failed, and nothing of it is kept. ${failure ?? ''} Make it again.`
        : 'The export is not ready yet. Ask for it again in a moment.',
  });
}

function answer(
  reply: FastifyReply,
  { name, segments, contentType, etag }: Download,
  { size, range, standing }: { size: number; range: ByteRange | null; standing: Standing },
): StreamableFile {
  const { first, last } = range ?? { first: 0, last: size - 1 };
  void reply
    .status(range ? 206 : 200)
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header('cache-control', 'private, no-store');
  if (range) void reply.header('content-range', `bytes ${first}-${last}/${size}`);
  return new StreamableFile(
    Readable.from(whileAdmitted(bytesOf(segments, { first, last }), standing), { objectMode: false, highWaterMark: 256 * 1024 }),
    {
      type: contentType,
      length: last - first + 1,
      disposition: `attachment; filename="${name}"`,
    },
  );
}

/** A large file takes minutes: whoever loses the role, the session or the key meanwhile gets no more of it, and a connection that breaks. */
async function* whileAdmitted(chunks: AsyncIterable<Buffer>, standing: Standing): AsyncGenerator<Buffer> {
  let askedAt = performance.now();
  for await (const chunk of chunks) {
    if (performance.now() - askedAt > STANDING_MS) {
      if (!(await standing())) throw new Error('Whoever downloads may no longer');
      askedAt = performance.now();
    }
    yield chunk;
  }
}
