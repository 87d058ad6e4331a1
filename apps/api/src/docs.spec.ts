/** The documents say what is true: their tables, codes and links are compared with the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errors, plans, reasons, statusCodes } from '@pinebill/contract';
import { warningCodes } from './platform/warnings';

const root = resolve(__dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].concat(
  readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
);

it.each(pages)('%s links only to files that exist', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
});

it.each(pages)('%s names no machine and no secret', (page) => {
  expect(read(page)).not.toMatch(/\/root\/|\/work\/|pbk_[0-9A-Za-z]{36}/);
});

describe('the guide to the log', () => {
  const guide = read('docs/guides/reading-api-logs.md');

  it('has the eleven statuses with the meaning that the product gives them', () => {
    const rows = [...guide.matchAll(/^\| (\d{3}) +\| ([^|]+?) +\| ([^|]+?) +\|$/gm)].map(([, code, meaning, text]) => [
      Number(code),
      meaning,
      text,
    ]);
    expect(rows.map(([code]) => code)).toEqual([200, 201, 204, 400, 401, 403, 404, 429, 500, 502, 503]);
    for (const [code, meaning, text] of rows) {
      const status = statusCodes.find((candidate) => candidate.code === code);
      expect([code, status?.meaning]).toEqual([code, meaning]);
      expect([status?.description, ...(status?.causes ?? []), ...(status?.whatToDo ?? [])].join(' ')).toContain(text);
    }
  });

  it('names only reasons and codes that exist', () => {
    const known = new Set<string>([...Object.values(reasons).flat(), ...Object.keys(errors)]);
    const named = [...guide.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, word = '']) => word);
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((word) => !known.has(word))).toEqual([]);
  });

  it('has the retention of each plan', () => {
    for (const [name, { retentionDays }] of Object.entries(plans)) expect(guide).toContain(`${retentionDays} days (${name})`);
  });
});

it('the API introduction has the limits of each plan', () => {
  const page = read('docs/api-introduction.md').replaceAll(',', '');
  for (const [name, { perKeyPerMinute, perOrganizationPerMinute }] of Object.entries(plans)) {
    expect(page).toContain(`${perKeyPerMinute} / ${perOrganizationPerMinute} (${name})`);
  }
});

it('the list of dependencies has each of package.json, and no other', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const listed = [...read('docs/dependencies.md').matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  expect(listed.sort()).toEqual([...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})].sort());
});

it('calls nothing planned but what is not there', () => {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter(
    (page) => page.endsWith('.md') && !page.startsWith('adr'),
  );
  const said = pages
    .flatMap((page) => read(join('docs', page)).match(/[^.*\n]*[ _]planned[^.*\n]*/g) ?? [])
    .map((sentence) => sentence.trim());
  // Whoever builds it takes the sentence away, and its line here.
  expect(said.sort()).toEqual(['Proofs are _planned_', 'Proofs that show it are planned']);
});

it.each(['docs/guarantees.md', 'docs/security-model.md'])('%s names only tests that exist', (page) => {
  const named = [...read(page).matchAll(/`((?:apps|libs|tools)\/[^`\s]+\.(?:spec\.tsx?|mjs|ts))`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

describe('the operations page', () => {
  const page = read('docs/operations.md');
  /** The first cells of the tables below a heading of the third level. */
  const namedBelow = (heading: string): string[] => {
    const [, section = ''] = page.split(`\n### ${heading}\n`);
    const rows = (section.split('\n### ')[0] ?? '').split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
    return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)/g)].map(([, name = '']) => name));
  };

  it('has each warning, and no other', () => {
    expect(namedBelow('Warnings').sort()).toEqual([...warningCodes].sort());
  });

  it('has each metric of our own, and no other', () => {
    const source = read('apps/api/src/platform/metrics.ts');
    const exposed = new Set([...source.matchAll(/'((?:pinebill|audit_records)_[a-z_]+)'/g)].map(([, name = '']) => name));
    expect(exposed.size).toBeGreaterThan(20);
    expect([...new Set(namedBelow('Metrics'))].sort()).toEqual([...exposed].sort());
  });
});
