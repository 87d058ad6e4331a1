/** Failpoints kill the process: the delivered bundle must have nothing of them, and the harness's bundle must have them, or its runs prove nothing. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const names = ['exchange.intended', 'journal.written', 'journal.flushed', 'shipper.committed'];
let base: string;
beforeAll(() => (base = mkdtempSync(join(tmpdir(), 'pinebill-bundle-'))));
afterAll(() => rmSync(base, { recursive: true, force: true }));

function codeOf(...options: string[]): string {
  const directory = join(base, String(options.length));
  execFileSync(process.execPath, [...process.execArgv, join(__dirname, 'bundle.mjs'), ...options, directory]);
  return readdirSync(directory)
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('\n');
}

it('the bundle that is delivered has no failpoint', () => {
  const code = codeOf('--production');
  expect(code).toContain('datasync');
  expect(code).not.toMatch(/failpoint/i);
  // As the text that it would be: `journal.flushedAt` is a property.
  for (const name of names) expect(code).not.toMatch(new RegExp(`["'\`]${name}`));
});

it('the bundle of the harness has every failpoint', () => {
  const code = codeOf();
  for (const name of names) expect(code).toContain(`failpoint("${name}")`);
});
