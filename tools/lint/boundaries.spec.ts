/** The lines of the architecture are held by lint, and this proves that they are: a snippet that crosses one, at a real place, is an error. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');

type Snippet = { folder: string; code: string };
type Report = { filePath: string; messages: { ruleId: string | null; message: string }[] }[];

const fileOf = ({ folder, code }: Snippet): string =>
  join(root, folder, `crossing-${process.pid}-${all.findIndex((one) => one.folder === folder && one.code === code)}.ts`);

const run = (...args: string[]) =>
  spawnSync(process.execPath, [...process.execArgv, ...args], {
    cwd: root,
    env: { ...process.env, NX_DAEMON: 'false' },
    encoding: 'utf8',
    maxBuffer: 1e8,
  });

let report: Report;

/** Real files, at real places; gone again before anything else could see them for long. */
beforeAll(() => {
  // The rule about projects reads the graph that Nx has stored; without one it would say nothing.
  run('node_modules/nx/dist/bin/nx.js', 'show', 'projects');
  const files = all.map(fileOf);
  all.forEach((snippet) => writeFileSync(fileOf(snippet), snippet.code));
  try {
    const { stdout, stderr } = run('node_modules/eslint/bin/eslint.js', '-c', 'tools/lint/boundaries.eslint.mjs', '-f', 'json', ...files);
    if (!stdout.startsWith('[')) throw new Error(`eslint said nothing: ${stderr}`);
    report = JSON.parse(stdout) as Report;
  } finally {
    files.forEach((file) => rmSync(file, { force: true }));
  }
});

const brokenRules = (snippet: Snippet): string[] =>
  (report.find(({ filePath }) => filePath === fileOf(snippet))?.messages ?? [{ ruleId: null, message: 'was not linted' }]).map(
    ({ ruleId, message }) => `${ruleId ?? 'parser'}: ${message}`,
  );

const crossings = [
  { what: 'the library knows no contract', folder: 'libs/audit/src', code: `import { errors } from '@pinebill/contract';\nexport const crossed = errors;\n`, rule: '@nx/enforce-module-boundaries' },
  { what: 'the console knows no audit library', folder: 'apps/console/src', code: `import { auditModes } from '@pinebill/nestjs-audit';\nexport const crossed = auditModes;\n`, rule: '@nx/enforce-module-boundaries' },
  { what: 'the contract knows nobody', folder: 'libs/contract/src', code: `import { auditModes } from '@pinebill/nestjs-audit';\nexport const crossed = auditModes;\n`, rule: '@nx/enforce-module-boundaries' },
  { what: 'detection knows no recorder', folder: 'libs/detection/src', code: `import { auditModes } from '@pinebill/nestjs-audit';\nexport const crossed = auditModes;\n`, rule: '@nx/enforce-module-boundaries' },
  { what: 'detection has no clock', folder: 'libs/detection/src', code: `export const crossed = Date.now();\n`, rule: 'no-restricted-properties' },
  { what: 'a project is not entered by a relative path', folder: 'apps/api/src', code: `import { errors } from '../../../libs/contract/src/errors';\nexport const crossed = errors;\n`, rule: '@nx/enforce-module-boundaries' },
  { what: 'a feature is entered through its index', folder: 'apps/api/src/billing', code: `import { ApiKeysModule } from '../api-keys/api-keys.module';\nexport const crossed = ApiKeysModule;\n`, rule: 'no-restricted-imports' },
  { what: 'a feature does not know the door', folder: 'apps/api/src/api-keys', code: `import { AccessModule } from '../access';\nexport const crossed = AccessModule;\n`, rule: 'no-restricted-imports' },
  { what: 'the platform knows no feature', folder: 'apps/api/src/platform', code: `import { BillingModule } from '../billing';\nexport const crossed = BillingModule;\n`, rule: 'no-restricted-imports' },
  { what: 'the environment is read in one file', folder: 'apps/api/src/billing', code: `export const crossed = process.env['PORT'];\n`, rule: 'no-restricted-syntax' },
  { what: 'the console calls the API in one file', folder: 'apps/console/src', code: `export const crossed = () => fetch('/v1/me');\n`, rule: 'no-restricted-globals' },
]; // prettier-ignore

const allowed = [
  { folder: 'apps/api/src/billing', code: `import { ApiKeysModule } from '../api-keys';\nexport const allowed = ApiKeysModule;\n` },
  { folder: 'apps/api/src', code: `import { errors } from '@pinebill/contract';\nexport const allowed = errors;\n` },
  { folder: 'apps/console/src', code: `import { errors } from '@pinebill/contract';\nexport const allowed = errors;\n` },
];
const all: readonly Snippet[] = [...crossings, ...allowed];

it.each(crossings)('$what: lint refuses the opposite in $folder', (crossing) => {
  expect(brokenRules(crossing)).toContainEqual(expect.stringMatching(new RegExp(`^${crossing.rule}: `)));
});

it.each(allowed)('what is allowed in $folder is not refused', (snippet) => {
  expect(brokenRules(snippet)).toEqual([]);
});
