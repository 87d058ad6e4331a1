/** Reviews and exports for stories and specs. */
import type { AccessReview, ExportView, ReviewView } from '../api-types';
import { typeId } from './builders';

export function anAccessReview(over: Partial<AccessReview> = {}): AccessReview {
  const person = { memberSince: '2025-10-01T08:00:00.000Z', secondFactor: true, keysMade: 0, keysRotated: 0, keysRevoked: 0 };
  const ada = {
    ...person,
    userId: typeId('usr', 1),
    name: 'Ada Admin',
    email: 'ada@acme.example',
    role: 'admin',
    state: 'active',
  } as const;
  const max = {
    ...person,
    userId: typeId('usr', 2),
    name: 'Max Member',
    email: 'max@acme.example',
    role: 'member',
    state: 'active',
  } as const;
  const fay = {
    ...person,
    userId: typeId('usr', 3),
    name: 'Fay Former',
    email: null,
    role: null,
    state: 'left',
    secondFactor: null,
  } as const;
  return {
    asOf: '2025-12-02T10:30:15.123Z',
    basis: 'b'.repeat(64),
    people: [
      { ...ada, access: 'manage', lastSignInAt: '2025-12-02T08:00:00.000Z', keysMade: 2, keysRotated: 1, keysRevoked: 4 },
      { ...max, access: 'read', lastSignInAt: null },
      { ...fay, access: 'none', memberSince: null, lastSignInAt: null, keysMade: 1 },
    ],
    keys: [
      {
        ...{ id: typeId('key', 1), name: 'Production API', masked: 'pbk_...x7f2', state: 'active', scopes: ['invoices:read'] },
        ...{ service: 'checkout', team: 'payments', createdAt: '2025-10-01T08:00:00.000Z', replaces: null },
        createdBy: { id: typeId('usr', 3), name: 'Fay Former', state: 'left' },
      },
    ],
    concerns: [
      { code: 'single_admin', subject: 'Ada Admin', id: typeId('usr', 1) },
      { code: 'key_of_former_member', subject: 'Production API', id: typeId('key', 1) },
    ],
    lastReview: null,
    dueAt: '2025-12-30T08:00:00.000Z',
    overdue: false,
    ...over,
  };
}

export function aReview(number: number, over: Partial<ReviewView> = {}): ReviewView {
  const { people, keys, concerns } = anAccessReview();
  return {
    id: typeId('rvw', number),
    kind: 'access',
    note: 'Replaced by Friday.',
    signedAt: '2025-12-02T10:31:00.000Z',
    signedBy: { id: typeId('usr', 1), name: 'Ada Admin' },
    sha256: 'a'.repeat(64),
    people: people.length,
    keys: keys.length,
    concerns: concerns.length,
    snapshot: { kind: 'access', people, keys, concerns, asOf: '2025-12-02T10:31:00.000Z' },
    ...over,
  };
}

export function anExport(number: number, over: Partial<ExportView> = {}): ExportView {
  const id = typeId('exp', number);
  const file = { name: `${id}.audit-logs.csv`, part: 'auditLogs' as const, rows: 48_213, bytes: 14_463_900, sha256: '9f86d081'.repeat(8) };
  return {
    id,
    state: 'ready',
    source: 'auditLogs',
    format: 'csv',
    gzip: false,
    filter: { status: '4xx', actorType: '!user' },
    columns: null,
    timeZone: 'UTC',
    separator: 'comma',
    createdAt: '2025-12-02T10:30:15.123Z',
    createdBy: { type: 'user', id: typeId('usr', 1), name: 'Ada Admin' },
    scheduleId: null,
    startedAt: '2025-12-02T10:30:16.000Z',
    endedAt: '2025-12-02T10:30:20.000Z',
    expiresAt: '2025-12-09T10:30:20.000Z',
    rows: file.rows,
    expectedRows: file.rows,
    bytes: file.bytes,
    progress: 1,
    estimatedReadyAt: null,
    delivery: null,
    failure: null,
    files: [file],
    manifest: {
      files: [
        {
          ...file,
          firstSequence: 12,
          lastSequence: 90_412,
          contiguous: null,
          hidden: null,
          recordedGaps: { records: 1, missingAtMost: 12 },
          retention: { cutsPeriod: true, missingSequences: { from: 1, to: 11 }, recordedLate: 2 },
        },
      ],
      signature: { algorithm: 'Ed25519', keyId: '3b1f0c5d9e7a4c21', keyFingerprint: '3b1f0c5d9e7a4c21'.repeat(4) },
    },
    ...over,
  };
}

/** One that is made, or failed: there is nothing to download. */
export const anUnfinishedExport = (number: number, over: Partial<ExportView> = {}): ExportView =>
  anExport(number, {
    state: 'running',
    endedAt: null,
    expiresAt: null,
    files: [],
    manifest: null,
    rows: 12_000,
    bytes: 3_600_000,
    progress: 0.25,
    ...over,
  });
