import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleReport } from '../sample-report';
import { signedManifest } from '../report-manifest';
import { ReportMaker } from './report-maker';

const directory = mkdtempSync(join(tmpdir(), 'pinebill-report-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
function threadOf(text: string): string {
  const file = join(directory, `${text.length}.mjs`);
  writeFileSync(file, `import { parentPort } from 'node:worker_threads';\n${text}`);
  return file;
}
const kind = 'pinebill-incident-report' as const;
const key = { id: 'k', algorithm: 'Ed25519', publicKey: 'x', createdAt: '2025-12-02T10:30:15.123Z', retiredAt: null } as never;
const signed = signedManifest(sampleReport, { kind, key, sign: () => Buffer.alloc(64) });
const makers: ReportMaker[] = [];
afterEach(() => Promise.all(makers.splice(0).map((maker) => maker.close())));
function makerOf(thread: string): ReportMaker {
  const maker = new ReportMaker(thread);
  makers.push(maker);
  return maker;
}
const pdfBy = (maker: ReportMaker) => maker.make(sampleReport, { format: 'pdf', kind, signed, template: null });

it('reports on paper come from a thread, which is given all that they are made of and is kept for the next; other formats need none', async () => {
  const counting = makerOf(
    threadOf(
      `let made = 0;
       parentPort.on('message', ({ report, asked }) => {
         const bytes = new TextEncoder().encode([++made, report.incident.title, asked.kind].join());
         parentPort.postMessage({ name: 'a.pdf', type: 'application/pdf', bytes }, [bytes.buffer]);
       });`,
    ),
  );
  const [first, second] = [await pdfBy(counting), await pdfBy(counting)];
  expect([first.name, first.type]).toEqual(['a.pdf', 'application/pdf']);
  expect([first, second].map(({ bytes }) => bytes.toString())).toEqual([1, 2].map((n) => `${n},${sampleReport.incident.title},${kind}`));
  // At once: one of the threads is kept.
  expect((await Promise.all([pdfBy(counting), pdfBy(counting)])).map(({ bytes }) => bytes.toString()[0]).sort()).toEqual(['1', '3']);
  const json = makerOf(join(directory, 'none.mjs')).make(sampleReport, { format: 'json', kind, signed, template: null });
  expect((await json).type).toBe('application/json');
});

it('one whose thread fails fails, and the next is made by another thread', async () => {
  const once = makerOf(threadOf(`parentPort.on('message', () => { throw new TypeError('no such font'); });`));
  for (let round = 0; round < 2; round++) await expect(pdfBy(once)).rejects.toThrow('no such font');
  await expect(pdfBy(makerOf(threadOf(`parentPort.on('message', () => process.exit(3));`)))).rejects.toThrow('ended with 3');
  await expect(pdfBy(makerOf(join(directory, 'none.mjs')))).rejects.toThrow('none.mjs');
});
