/** The samples as they are shown, run against a server that limits. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backOffSamples, type SampleLanguage } from './back-off-samples';

/** Longer than the first pause of a client that does not listen. */
const RETRY_AFTER_SECONDS = 2;
type Call = { at: number; authorization: string | undefined };
const calls = new Map<string, Call[]>();
let server: Server;
let origin: string;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pinebill-samples-'));
  server = createServer(({ url = '', headers: { authorization } }, response) => {
    const before = calls.get(url) ?? [];
    calls.set(url, [...before, { at: performance.now(), authorization }]);
    if (url.startsWith('/wrong')) response.writeHead(400).end('{"code":"invalid_field"}');
    else if (before.length === 0) response.writeHead(429, { 'retry-after': String(RETRY_AFTER_SECONDS) }).end('{"code":"rate_limited"}');
    else response.end('{"data":["the invoices"]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

const files: Record<SampleLanguage, [file: string, program: string]> = {
  curl: ['call.sh', 'bash'],
  javascript: ['call.mjs', process.execPath],
  python: ['call.py', 'python3'],
};
const isThere = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

function run(language: SampleLanguage, path: string): Promise<{ failed: boolean; said: string }> {
  const [file, program] = files[language];
  const code = backOffSamples(`${origin}${path}`).find((sample) => sample.language === language)?.code ?? '';
  const script = join(directory, `${path.slice(1)}-${file}`);
  writeFileSync(script, code);
  const env = { PATH: process.env['PATH'], PINEBILL_API_KEY: 'pbk_sample' };
  return new Promise((resolve) =>
    execFile(program, [script], { env }, (error, stdout) => resolve({ failed: error !== null, said: stdout.trim() })),
  );
}

const languages = (Object.keys(files) as SampleLanguage[]).filter((language) => {
  const runs = language !== 'python' || isThere('python3');
  if (!runs) console.warn('python3 is not installed: its sample was not run.');
  return runs;
});

it('wait as long as they are told, and then have their answer; what is wrong is not sent again', async () => {
  await Promise.all(
    languages.map(async (language) => {
      const [limited, wrong] = [`/limited-${language}`, `/wrong-${language}`];
      const [answer, refusal] = await Promise.all([run(language, limited), run(language, wrong)]);
      expect(answer).toEqual({ failed: false, said: '{"data":["the invoices"]}' });
      const [first, second, ...more] = calls.get(limited) ?? [];
      expect(more).toEqual([]);
      expect(second!.authorization).toBe('Bearer pbk_sample');
      // Not before it was told; how long after is the machine's business. A timer may go off a millisecond early.
      expect(second!.at - first!.at).toBeGreaterThan(RETRY_AFTER_SECONDS * 1_000 - 10);
      expect(refusal.failed).toBe(true);
      expect(calls.get(wrong)).toHaveLength(1);
    }),
  );
});

it('are in the guide as they are here', () => {
  const guide = readFileSync(join(__dirname, '../../../docs/guides/reading-api-logs.md'), 'utf8');
  for (const { code } of backOffSamples('http://127.0.0.1:3000/v1/invoices')) expect(guide).toContain(code);
});
