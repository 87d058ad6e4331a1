import { cell, code, paragraph, plain, type Block } from './report-document';
import type { SignedManifest } from './report-manifest';

/** The sums of the rows, and what was signed. The JSON report can be checked against it by a program; this one by eye. */
export const manifestSection = ({ rows, signature, manifest, key }: SignedManifest): Block[] => {
  const { report, evidence } = manifest as { report: { sha256: string }; evidence: { sha256: string } }; // as report-manifest.ts makes it
  return [
    paragraph(
      plain(
        'SHA-256 of each row of evidence as canonical JSON (RFC 8785), and of the whole. They are signed with Ed25519; the JSON report of the same incident holds the rows and the text that was signed, and is checked with: node verify-export.mjs REPORT.json',
      ),
    ),
    {
      kind: 'table',
      columns: [
        { title: 'What', width: 3 },
        { title: 'Value', width: 12, fine: true },
      ],
      rows: [
        [cell(plain('Facts, SHA-256')), cell(code(report.sha256))],
        [cell(plain(`Evidence, ${rows.length} rows, SHA-256`)), cell(code(evidence.sha256))],
        [cell(plain('Signature, base64')), cell(code(signature))],
        [cell(plain('Key, fingerprint')), cell(code(key.fingerprint))],
      ],
    },
    ...(rows.length === 0 ? [] : [digests(rows)]),
  ];
};

const digests = (rows: SignedManifest['rows']): Block => ({
  kind: 'table',
  columns: [
    { title: '#', width: 1.4, fine: true },
    { title: 'Record', width: 4.5, fine: true },
    { title: 'SHA-256', width: 9.5, fine: true },
  ],
  rows: rows.map(({ id, sequence, sha256 }) => [cell(plain(String(sequence))), cell(code(id)), cell(code(sha256))]),
});
