/** Runs every sample of docs/api-introduction.md, in order, in one shell, as a reader would. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestApp, type TestApp } from './testing/test-app';

type Block = { language: string; text: string };
const page = readFileSync(join(__dirname, '../../../docs/api-introduction.md'), 'utf8');
const blocks: Block[] = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
// The first one sets BASE and KEY, which the test has.
const [setUp, ...samples] = blocks.filter((block) => block.language === 'sh');

let app: TestApp;
let outputs: string[];

beforeAll(async () => {
  app = await startTestApp(__filename);
  const scopes = ['invoices:read', 'invoices:write', 'customers:read', 'customers:write'];
  const { json } = await app.call('/v1/api-keys', { as: 'admin', body: { name: 'A reader of the introduction', scopes } });
  const MARK = '-- next sample --';
  const script = samples.map((sample) => sample.text).join(`\necho; echo '${MARK}'\n`);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    env: { PATH: process.env['PATH'], BASE: app.url, KEY: json.secret },
  });
  outputs = stdout.split(MARK).map((output) => output.trim());
});
afterAll(() => app.close());

/** The output of the sample that contains the text, and the JSON block that follows it on the page, if any. */
function sample(containing: string): { output: string; documented: Record<string, unknown> } {
  const index = samples.findIndex(({ text }) => text.includes(containing));
  const after = blocks.slice(blocks.indexOf(samples[index]!) + 1)[0];
  return { output: outputs[index] ?? '', documented: after?.language === 'json' ? JSON.parse(after.text) : {} };
}

it('sets the two variables that the samples use, and nothing else', () => {
  expect(setUp?.text).toMatch(/^export BASE=\S+\nexport KEY=pbk_\.\.\.\s.*\n$/);
});

it('makes the first call, with the documented answer', () => {
  const { output, documented } = sample('invoices?limit=5');
  expect(JSON.parse(output)).toEqual(documented);
});

it('takes an invoice from a customer to its number', () => {
  expect(JSON.parse(sample('/finalize').output)).toMatchObject({ state: 'open', number: 'INV-00000001', total: 37_500 });
});

it('answers a wrong field with the documented problem', () => {
  const { output, documented } = sample('"quantity": 0');
  const answer = JSON.parse(output);
  expect(answer).toMatchObject({ ...documented, requestId: expect.stringMatching(/^req_/) });
});

it('pages by cursor', () => {
  const [page] = [JSON.parse(sample('limit=1&cursor').output || '{"data":[]}')];
  expect(page.data.length).toBeLessThanOrEqual(1);
});

it('carries a repeated creation out once', () => {
  const [first, second] = sample('Idempotency-Key').output.split('\n');
  expect(JSON.parse(first!)).toMatchObject({ name: 'Once Ltd.' });
  expect(second).toBe(first);
});
