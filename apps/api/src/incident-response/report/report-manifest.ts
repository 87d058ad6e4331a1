/**
 * What a report says of itself, and is signed: with it, whoever has the JSON report can tell that neither a fact nor a row of evidence was changed, left out or
 * added. The text that is signed is canonical JSON (RFC 8785), as of exports, and so are the texts that are hashed.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@pinebill/contract';
import type { IncidentReport } from './incident-report';

export const reportKinds = ['pinebill-incident-report', 'pinebill-support-packet'] as const;
export type ReportKind = (typeof reportKinds)[number];

export type RowDigest = { id: string; sequence: number; sha256: string };
export type SignedWith = { id: string; fingerprint: string; publicKey: string };
/** `text` is what was signed. */
export type SignedManifest = {
  text: string;
  manifest: Record<string, Json>;
  rows: readonly RowDigest[];
  signature: string;
  key: SignedWith;
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The values of a report are those of JSON. */
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** A row a line, each line ended. */
export const evidenceLines = ({ evidence }: IncidentReport): string => evidence.map((row) => `${canonicalJson(json(row))}\n`).join('');
/** Everything but the rows. */
export const factsText = (report: IncidentReport): string => canonicalJson(factsOf(report));
const factsOf = (report: IncidentReport): Json => json({ ...report, evidence: undefined });

type Signing = { kind: ReportKind; key: SignedWith; sign: (text: string) => Buffer };

export function signedManifest(report: IncidentReport, { kind, key, sign }: Signing): SignedManifest {
  const rows = report.evidence.map((row) => ({ id: row.id, sequence: row.sequence, sha256: sha256(canonicalJson(json(row))) }));
  const manifest = {
    version: 1,
    product: 'PineBill API Audit Logs',
    kind,
    incidentId: report.incident.id,
    organization: report.organization,
    asOf: report.asOf,
    report: { sha256: sha256(factsText(report)) },
    evidence: { rows: rows.length, hidden: report.evidenceHidden, sha256: sha256(evidenceLines(report)), digests: rows },
    signature: { algorithm: 'Ed25519', keyId: key.id, keyFingerprint: key.fingerprint },
  };
  const text = canonicalJson(manifest);
  return { text, manifest, rows, signature: sign(text).toString('base64'), key };
}

/** The report as a file of JSON. `evidence` is the text of JSON Lines that was hashed: nothing has to be made again to check it. */
export function renderJson(report: IncidentReport, signed: SignedManifest): string {
  const file = {
    kind: signed.manifest['kind'],
    report: factsOf(report),
    evidence: evidenceLines(report),
    manifest: signed.manifest,
    signature: signed.signature,
    publicKey: signed.key.publicKey,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
