/// <reference types="node" preserve="true" />
// A shell reads what was written; the console itself has no node.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { curlOf } from './curl';

const origin = 'https://api.pinebill.example';

it('is the request without the key and the body, with words for what the log does not keep', () => {
  const text = curlOf({ method: 'POST', path: '/v1/invoices/[redacted]/pay', query: { token: '[redacted]', status: 'open' } }, origin);
  expect(text).toBe(
    [
      '# REDACTED stands for what the log does not keep: fill it in.',
      '# Bodies are never recorded: bring your own body.json.',
      "curl -i -X POST 'https://api.pinebill.example/v1/invoices/REDACTED/pay?token=REDACTED&status=open' \\",
      '  -H "Authorization: Bearer $PINEBILL_API_KEY" \\',
      "  -H 'Content-Type: application/json' \\",
      '  -d @body.json',
    ].join('\n'),
  );
  expect(curlOf({ method: 'HEAD', path: null, query: null }, origin)).toMatch(/^curl -I /);
});

it('is one command to a shell, whatever path and method were sent: nothing in them is run', () => {
  const method = fc.oneof(fc.constantFrom('GET', 'POST', 'valueOf', 'constructor'), fc.stringMatching(/^[!-~]{1,8}$/));
  fc.assert(
    fc.property(method, fc.stringMatching(/^\/[ -~]{0,20}$/), (sent, path) => {
      const text = curlOf({ method: sent, path, query: null }, origin);
      const script = `curl() { for a in "$@"; do printf '%s\\0' "$a"; done; }; export PINEBILL_API_KEY=key; ${text}`;
      const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0');
      expect(words).toContain('Authorization: Bearer key');
      expect(words.some((word) => word.startsWith(`${origin}/`))).toBe(true);
      if (sent !== 'GET' && sent !== 'HEAD') expect(words).toContain(sent);
    }),
    { numRuns: 40 },
  );
});
