/**
 * Into a bucket of Amazon S3 or of a server that speaks its protocol. An object appears when it is whole (a large one when its parts are put
 * together), and the manifest is put last: where it is, everything is. The server is the operator's choice; it is never asked to redirect.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Config } from '../../config';
import { bytesOf } from '../tar';
import { DeliveryFailed, type DeliveryFailure, type Destination, type Parcel, type ParcelFile } from './destination';

const PART_BYTES = 8 * 1024 * 1024;
/** S3 takes 10,000. */
const MOST_PARTS = 9_000;
/** Answers of whoever may not, or cannot (some compatible servers), list unfinished uploads. */
const CANNOT_LIST: ReadonlySet<number> = new Set([400, 403, 405, 501]);
/** In memory at a time. */
const PARTS_AT_ONCE = 2;

export class S3Destination implements Destination {
  readonly kind = 's3';
  private client: S3Client | null = null;

  constructor(
    private readonly config: S3Config,
    private readonly partBytes = PART_BYTES,
  ) {}

  shown(location: string): string {
    return `s3://${this.config.bucket}/${this.keyOf(location)}`;
  }

  async deliver({ location, files }: Parcel, signal: AbortSignal): Promise<void> {
    try {
      const client = await this.connected();
      await this.abortUnfinished(client, `${this.keyOf(location)}/`);
      for (const file of files) await this.put(client, `${this.keyOf(location)}/${file.name}`, file, signal);
    } catch (error) {
      throw signal.aborted ? new DeliveryFailed('interrupted', { cause: error }) : failureOf(error);
    }
  }

  async fetch(location: string, name: string, path: string, signal: AbortSignal): Promise<void> {
    try {
      const { GetObjectCommand } = await import('@aws-sdk/client-s3');
      const client = await this.connected();
      const { Body } = await client.send(new GetObjectCommand({ Bucket: this.config.bucket, Key: `${this.keyOf(location)}/${name}` }), {
        abortSignal: signal,
      });
      if (!(Body instanceof Readable)) throw new DeliveryFailed('unreachable');
      await pipeline(Body, createWriteStream(path, { flags: 'wx', mode: 0o640 }), { signal });
    } catch (error) {
      throw statusOf(error) === 404 ? new DeliveryFailed('files_gone', { cause: error }) : failureOf(error);
    }
  }

  async remove(location: string, names: readonly string[]): Promise<void> {
    try {
      const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
      const client = await this.connected();
      // The manifest first: what it vouches for is complete, or not vouched for.
      for (const name of [...names].reverse())
        await client.send(new DeleteObjectCommand({ Bucket: this.config.bucket, Key: `${this.keyOf(location)}/${name}` }));
    } catch (error) {
      throw failureOf(error);
    }
  }

  private keyOf(location: string): string {
    return this.config.prefix === '' ? location : `${this.config.prefix}/${location}`;
  }

  /** Loaded when there is something to deliver: few need it, and it is large. */
  private async connected(): Promise<S3Client> {
    if (this.client) return this.client;
    const { S3Client } = await import('@aws-sdk/client-s3');
    const { endpoint, region, credentials } = this.config;
    this.client = new S3Client({
      region,
      ...(credentials && { credentials }),
      // Servers other than Amazon's have no name for each bucket.
      ...(endpoint !== null && { endpoint, forcePathStyle: true }),
      // Checksums in trailers are Amazon's, and older servers take them for content.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    });
    return this.client;
  }

  /** Parts of an attempt that died: nobody sees them, and somebody pays for them. Without the right to list them they are left to a rule of the bucket. */
  private async abortUnfinished(client: S3Client, prefix: string): Promise<void> {
    const { AbortMultipartUploadCommand, ListMultipartUploadsCommand } = await import('@aws-sdk/client-s3');
    const { bucket: Bucket } = this.config;
    const found = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix })).catch((error: unknown) => {
      if (CANNOT_LIST.has(statusOf(error) ?? 0)) return { Uploads: [] };
      throw error;
    });
    for (const { Key, UploadId } of found.Uploads ?? [])
      if (Key?.startsWith(prefix)) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }

  private async put(client: S3Client, key: string, { content, bytes, sha256 }: ParcelFile, signal: AbortSignal): Promise<void> {
    if (await this.isThere(client, key, { bytes, sha256 })) return;
    const { Upload } = await import('@aws-sdk/lib-storage');
    const upload = new Upload({
      client,
      params: {
        Bucket: this.config.bucket,
        Key: key,
        Body: Readable.from(bytesOf([content], { first: 0, last: bytes - 1 }), { objectMode: false }),
        Metadata: { sha256 },
      },
      partSize: Math.max(this.partBytes, Math.ceil(bytes / MOST_PARTS)),
      queueSize: PARTS_AT_ONCE,
    });
    const abort = (): void => void upload.abort();
    signal.addEventListener('abort', abort);
    try {
      signal.throwIfAborted();
      await upload.done();
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Put by an attempt that died afterwards. Whoever may not look (a key that can only write) puts it once more. */
  private async isThere(client: S3Client, key: string, file: { bytes: number; sha256: string }): Promise<boolean> {
    const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
    try {
      const head = await client.send(new HeadObjectCommand({ Bucket: this.config.bucket, Key: key }));
      return head.ContentLength === file.bytes && head.Metadata?.['sha256'] === file.sha256;
    } catch (error) {
      const status = statusOf(error);
      if (status === 404 || status === 403) return false;
      throw error;
    }
  }
}

/** What the client throws after it has asked: with the status of the answer, when there was one. */
type Asked = { name?: string; code?: unknown; $metadata?: { httpStatusCode?: number; attempts?: number } };
const statusOf = (error: unknown): number | null => (error as Asked).$metadata?.httpStatusCode ?? null;

const named: Record<string, DeliveryFailure> = {
  NoSuchBucket: 'destination_missing',
  AccessDenied: 'access_denied',
  InvalidAccessKeyId: 'access_denied',
  SignatureDoesNotMatch: 'access_denied',
  CredentialsProviderError: 'access_denied',
  ExpiredToken: 'access_denied',
  PermanentRedirect: 'destination_missing',
  ENOENT: 'files_gone',
  EntityTooLarge: 'disk_full',
};

/** By the status alone, where an answer has no name that we know. Without a status there was none. */
function ofStatus(status: number | null, asked: boolean): DeliveryFailure {
  if (status === 401 || status === 403) return 'access_denied';
  if (status === 404) return 'destination_missing';
  if (status === 507) return 'disk_full';
  return (status === null ? asked : status >= 500) ? 'unreachable' : 'internal_error';
}

function failureOf(error: unknown): DeliveryFailed {
  if (error instanceof DeliveryFailed) return error;
  const { name = '', code, $metadata } = error as Asked;
  const known = named[name] ?? named[String(code)] ?? ofStatus(statusOf(error), $metadata?.attempts !== undefined);
  return new DeliveryFailed(known, { cause: error });
}
