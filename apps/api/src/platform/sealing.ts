/**
 * Seals small secrets that the product must be able to read again (TOTP secrets, the state of a sign-in at a provider): AES-256-GCM under a key
 * that is derived from the installation's own random key and from PINEBILL_SECRET. Without PINEBILL_SECRET the key lies in the same database:
 * that protects a single table that got out, not a whole dump. With it, a dump alone opens nothing. What was sealed under another
 * PINEBILL_SECRET cannot be opened.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `purpose` is bound to what is sealed: it opens for the same purpose (and person) only. */
export function seal(key: Buffer, plain: Buffer, purpose: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(purpose));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** Null: another key, another purpose, or changed on the way. */
export function unseal(key: Buffer, sealed: Buffer, purpose: string): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(purpose))
    .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

@Injectable()
export class Sealing {
  private key: Promise<Buffer> | null = null;

  constructor(
    private readonly db: DataSource,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'secret'>,
  ) {}

  async seal(plain: Buffer, purpose: string): Promise<Buffer> {
    return seal(await this.derived(), plain, purpose);
  }

  async unseal(sealed: Buffer, purpose: string): Promise<Buffer | null> {
    return unseal(await this.derived(), sealed, purpose);
  }

  /** The same in every process of the installation. Asked once; a failure is not kept. */
  private derived(): Promise<Buffer> {
    this.key ??= this.derive().catch((error: unknown) => {
      this.key = null;
      throw error;
    });
    return this.key;
  }

  private async derive(): Promise<Buffer> {
    const [row] = await this.db.query<{ fingerprint_key: Buffer }[]>('select fingerprint_key from installation');
    if (!row) throw new Error('The installation has no key: the first run has not happened.');
    const salt = Buffer.from(this.config.secret ?? '');
    return Buffer.from(hkdfSync('sha256', row.fingerprint_key, salt, 'pinebill sealing', 32));
  }
}
