/**
 * Signatures as GitHub makes them over the reports of its secret scanning: ECDSA on P-256 with SHA-256, DER, base64, over the bytes of the body.
 * Source: "Secret scanning partner program", docs.github.com.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';

/** By identifier. */
export type ReportKeys = ReadonlyMap<string, KeyObject>;

const MOST_KEYS = 100;
const MAX_IDENTIFIER = 200;

/** The document that GitHub publishes: `{ public_keys: [{ key_identifier, key, is_current }] }`. Throws when no key of it is of use. */
export function readReportKeys(text: string): ReportKeys {
  const document = JSON.parse(text) as { public_keys?: unknown } | null;
  const listed = Array.isArray(document?.public_keys) ? (document.public_keys as unknown[]).slice(0, MOST_KEYS) : [];
  const keys = new Map(listed.flatMap(keyOf));
  if (keys.size === 0) throw new Error('the document names no P-256 public key');
  return keys;
}

/** One that is of another kind, or broken, is none of ours to fail on: the others go on. */
function keyOf(entry: unknown): [string, KeyObject][] {
  const { key_identifier: identifier, key: pem } = (entry ?? {}) as { key_identifier?: unknown; key?: unknown };
  if (typeof identifier !== 'string' || identifier.length > MAX_IDENTIFIER || typeof pem !== 'string') return [];
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? [[identifier, key]] : [];
  } catch {
    return [];
  }
}

/** Only the one way in which base64 writes these bytes: a signature is not taken in a second spelling. */
export function isSignedBy(key: KeyObject, body: Uint8Array, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== signature) return false;
  return verify('sha256', body, { key, dsaEncoding: 'der' }, bytes);
}
