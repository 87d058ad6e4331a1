import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleReport } from '../sample-report';
import { signedManifest } from '../report-manifest';
import { makeReport } from './make-report';

const directory = mkdtempSync(join(tmpdir(), 'pinebill-report-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
function threadOf(text: string): string {
  const file = join(directory, `${text.length}.mjs`);
  writeFileSync(file, `import { parentPort, workerData } from 'node:worker_threads';\n${text}`);
  return file;
}
const kind = 'pinebill-incident-report' as const;
const key = { id: 'k', algorithm: 'Ed25519', publicKey: 'x', createdAt: '2025-12-02T10:30:15.123Z', retiredAt: null } as never;
const signed = signedManifest(sampleReport, { kind, key, sign: () => Buffer.alloc(64) });
const made = (format: 'pdf' | 'json', thread: string | null) => makeReport(sampleReport, { format, kind, signed, template: null }, thread);

it('a report on paper comes from the thread, which was given all that it is made of; other formats need none', async () => {
  const echo = threadOf(
    `const bytes = new TextEncoder().encode(workerData.report.incident.title + workerData.asked.kind);
     parentPort.postMessage({ name: 'a.pdf', type: 'application/pdf', bytes }, [bytes.buffer]);`,
  );
  const { name, type, bytes } = await made('pdf', echo);
  expect([name, type, bytes.toString()]).toEqual(['a.pdf', 'application/pdf', `${sampleReport.incident.title}${kind}`]);
  expect((await made('json', join(directory, 'none.mjs'))).type).toBe('application/json');
});

it.each([
  ['throws', `throw new TypeError('no such font')`, 'no such font'],
  ['ends without a word', `process.exit(3)`, 'ended with 3'],
  ['is not there', null, 'none.mjs'],
])('one whose thread %s fails, and the process goes on', async (_, text, expected) => {
  await expect(made('pdf', text === null ? join(directory, 'none.mjs') : threadOf(text))).rejects.toThrow(expected);
});
