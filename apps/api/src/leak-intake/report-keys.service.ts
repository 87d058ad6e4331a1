/**
 * The public keys of whoever reports leaked keys, from the address or the file that is set. Kept, and read again for an identifier that is not
 * among them, or after an hour; while they cannot be read, those that are known go on. How often is bounded, whoever sends what.
 */
import { open } from 'node:fs/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { KeyObject } from 'node:crypto';
import { APP_CONFIG, type AppConfig, type LeakKeysConfig } from '../config';
import { AppError } from '../platform/app-error';
import { readReportKeys, type ReportKeys } from './report-signature';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;
const READ_AGAIN_MS = 3_600_000;
/** So many at once, then 40 an hour: GitHub takes 60 questions an hour from an address that does not sign in. */
const READS = 6;
const READ_EVERY_MS = 90_000;

@Injectable()
export class LeakReportKeys implements OnApplicationBootstrap {
  private readonly logger = new Logger('Leaks');
  private readonly source: LeakKeysConfig | null;
  private known: ReportKeys = new Map();
  /** By the monotonic clock. */
  private readAt = -Infinity;
  private reads = { left: READS, at: performance.now() };
  private reading: Promise<void> | null = null;

  constructor(@Inject(APP_CONFIG) config: Pick<AppConfig, 'leakKeys'>) {
    this.source = config.leakKeys;
  }

  /** Ahead of the first report, which is then checked even if the keys cannot be read at its moment. */
  onApplicationBootstrap(): void {
    if (this.source !== null) void this.read(this.source);
  }

  get isConfigured(): boolean {
    return this.source !== null;
  }

  requireConfigured(): LeakKeysConfig {
    if (this.source === null) throw off();
    return this.source;
  }

  /** Null: nobody publishes such a key. Throws when there are no keys to look in. */
  async find(identifier: string): Promise<KeyObject | null> {
    const source = this.requireConfigured();
    const isOld = performance.now() - this.readAt > READ_AGAIN_MS;
    // A key that was withdrawn must go at some time, so the known are not believed for ever while they can be read again.
    if (isOld || !this.known.has(identifier)) await this.read(source);
    if (this.known.size === 0) throw unavailable();
    return this.known.get(identifier) ?? null;
  }

  private async read(source: LeakKeysConfig): Promise<void> {
    if (this.reading === null && !this.mayRead()) return;
    this.reading ??= this.readNow(source).finally(() => (this.reading = null));
    await this.reading;
  }

  private mayRead(): boolean {
    const now = performance.now();
    const left = Math.min(READS, this.reads.left + (now - this.reads.at) / READ_EVERY_MS);
    this.reads = { left: left < 1 ? left : left - 1, at: now };
    return left >= 1;
  }

  private async readNow(source: LeakKeysConfig): Promise<void> {
    try {
      this.known = readReportKeys('url' in source ? await fetched(source.url) : await contentOf(source.file));
      this.readAt = performance.now();
    } catch (error) {
      const goesOn = this.known.size > 0 ? 'Those that are known go on.' : 'Reports are answered 503 until they can be.';
      this.logger.warn(`The public keys for leak reports cannot be read (${messageOf(error)}). ${goesOn}`);
    }
  }
}

async function fetched(url: string): Promise<string> {
  // What answers in place of the address that was set is not believed, so nothing is followed.
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept: 'application/json' },
  });
  if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function contentOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES + 1));
    if (bytesRead > MAX_BYTES) throw new Error(`the file is longer than ${MAX_BYTES} bytes`);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const off = (): AppError =>
  new AppError('leak_reports_off', {
    detail: 'Whoever runs this installation has not named whose reports are believed: PINEBILL_LEAK_KEYS_URL or PINEBILL_LEAK_KEYS_FILE.',
  });

const unavailable = (): AppError =>
  new AppError('leak_keys_unavailable', {
    detail:
      'The public keys that the signature is checked with cannot be read right now. Nothing was done; send the report again in a minute.',
    headers: { 'retry-after': '60' },
  });
