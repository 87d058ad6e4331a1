/**
 * What an export says of itself. The text that is signed is the file that is downloaded, byte for byte: canonical JSON (RFC 8785), so that whoever
 * parses it can also make it again.
 */
import { canonicalJson, type Json } from '@pinebill/contract';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { SigningKey } from '../signing-keys';
import type { ExportFileView } from './exports.dto';
import type { ExportRow, FinishedFile } from './exports.queries';

const idPrefixes = { user: 'usr', apiKey: 'key', system: 'usr' } as const;

export const whoMade = ({ created_by_type: type, created_by, created_by_name: name }: ExportRow) => ({
  type,
  id: typeIdOrNull(idPrefixes[type], created_by),
  name,
});

type Facts = { organization: { id: string; name: string }; files: readonly FinishedFile[]; completedAt: Date; key: SigningKey };

export function manifestText(row: ExportRow, { organization, files, completedAt, key }: Facts): string {
  const { request } = row;
  return canonicalJson({
    version: 1,
    product: 'PineBill API Audit Logs',
    exportId: typeId('exp', row.id),
    organization: { id: typeId('org', organization.id), name: organization.name },
    createdAt: row.created_at.toISOString(),
    createdBy: whoMade(row),
    completedAt: completedAt.toISOString(),
    source: row.source,
    format: request.format,
    compression: request.gzip ? 'gzip' : null,
    timeZone: request.timeZone,
    separator: request.format === 'csv' ? request.separator : null,
    filter: request.filter,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    files: files.map(({ facts, ...file }): Json => ({ ...file, ...facts })),
    signature: { algorithm: 'Ed25519', keyId: key.id, keyFingerprint: key.fingerprint },
  });
}

/** What was signed, read again; null until then. */
export const readManifest = ({ manifest }: Pick<ExportRow, 'manifest'>): (Record<string, unknown> & { files: ExportFileView[] }) | null =>
  manifest === null ? null : (JSON.parse(manifest) as Record<string, unknown> & { files: ExportFileView[] }); // as manifestText wrote it
export const filesOf = (row: Pick<ExportRow, 'manifest'>): ExportFileView[] => readManifest(row)?.files ?? [];

export const fileNames = (id: string) => {
  const exportId = typeId('exp', id);
  return {
    manifest: `${exportId}.manifest.json`,
    signature: `${exportId}.manifest.json.sig`,
    publicKey: `${exportId}.public-key.pem`,
    bundle: `${exportId}.tar`,
  };
};
