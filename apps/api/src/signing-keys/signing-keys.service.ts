/**
 * The keys that manifests are signed with: Ed25519, of the installation, made when the first export or report needs one. The private half is sealed; when it
 * cannot be opened any more (another PINEBILL_SECRET), a new key is made. The public halves are kept for good, and shown to everybody.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';
import { Sealing } from '../platform/sealing';
import type { SigningKey, SigningKeys } from './signing-keys.dto';

const PURPOSE = 'export signing key';
type Row = { id: string; public_key: Buffer; sealed_private_key: Buffer; created_at: Date };
export type Signer = { id: string; view: SigningKey; sign: (text: string) => Buffer };

@Injectable()
export class SigningKeysService {
  constructor(
    private readonly db: DataSource,
    private readonly sealing: Sealing,
    private readonly clock: Clock,
  ) {}

  async list(): Promise<SigningKeys> {
    return { data: (await this.rows()).map(toView) };
  }

  async get(id: string): Promise<SigningKey> {
    const row = (await this.rows()).find((one) => one.id === id);
    if (!row) throw new Error('Something names a signing key that is not there.');
    return toView(row);
  }

  async current(): Promise<Signer> {
    const [newest] = await this.rows();
    const opened = newest && (await this.sealing.unseal(newest.sealed_private_key, PURPOSE));
    if (newest && opened) return signer(newest, createPrivateKey({ key: opened, format: 'der', type: 'pkcs8' }));
    return this.make();
  }

  private rows(): Promise<Row[]> {
    return this.db.query<Row[]>(
      'select id, public_key, sealed_private_key, created_at from export_signing_key order by created_at desc, id desc',
    );
  }

  private async make(): Promise<Signer> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const row: Row = {
      id: newId(),
      public_key: publicKey.export({ format: 'der', type: 'spki' }),
      sealed_private_key: await this.sealing.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), PURPOSE),
      created_at: this.clock.now(),
    };
    await this.db.query('insert into export_signing_key (id, public_key, sealed_private_key, created_at) values ($1, $2, $3, $4)', [
      ...[row.id, row.public_key, row.sealed_private_key, row.created_at],
    ]);
    return signer(row, privateKey);
  }
}

const signer = (row: Row, key: KeyObject): Signer => ({
  id: row.id,
  view: toView(row),
  sign: (text) => sign(null, Buffer.from(text), key),
});

function toView({ public_key, created_at }: Row): SigningKey {
  const fingerprint = createHash('sha256').update(public_key).digest('hex');
  return {
    id: fingerprint.slice(0, 16),
    algorithm: 'Ed25519',
    fingerprint,
    publicKey: createPublicKey({ key: public_key, format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' }) as string,
    createdAt: created_at.toISOString(),
  };
}
