/**
 * For the kill specification: a process that records with the real writer and says on stdout what it has acknowledged. Every third request
 * announces an intent first. Ends only by being killed.
 */
import { writeSync } from 'node:fs';
import { AuditWriter } from '../audit.writer';
import { PostgresStore } from '../postgres-store';
import { aRecord } from './records';

async function request(writer: AuditWriter, organizationId: string, number: number): Promise<void> {
  const record = aRecord({ organizationId, startedAt: '2026-01-15T00:00:00.000Z', path: `/${number}` });
  if (number % 3 === 0) {
    await writer.provisional({ ...record, outcome: 'unknown', status: null, durationMs: null });
    writeSync(1, `begun ${record.id}\n`);
  }
  await writer.release(record);
  writeSync(1, `answered ${record.id}\n`); // synchronous: what was written is out, whatever happens next
  writer.settle(record.id);
}

async function main(directory: string, url: string, organizationId: string): Promise<void> {
  const writer = await AuditWriter.open({ mode: 'durable', directory, store: new PostgresStore({ url }), segmentBytes: 50_000 });
  for (let number = 0; ; number += 8)
    await Promise.all(Array.from({ length: 8 }, (_, lane) => request(writer, organizationId, number + lane)));
}

const [directory = '', url = '', organizationId = ''] = process.argv.slice(2);
void main(directory, url, organizationId);
