/** The list of `tools/mutations` fits the tree as it is: what is to be taken out stands there once, and the specs that must notice exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { doorsOf, mutated, mutations, specFiles } from './list.mjs';

const root = resolve(__dirname, '../..');
const doors = doorsOf(root);

it.each([...mutations, ...doors].map((mutation) => [mutation.name, mutation] as const))('%s', (_, mutation) => {
  const text = readFileSync(join(root, mutation.file), 'utf8');
  expect(mutated(text, mutation)).not.toBe(text);
  expect(specFiles(root, mutation).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(mutation.specs.length).toBeGreaterThan(0);
});

it('names are names', () => {
  const names = [...mutations, ...doors].map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it('every @Access of a controller is among them', () => {
  const files = [...new Set(doors.map(({ file }) => file))];
  const found = files.map((file) => readFileSync(join(root, file), 'utf8').split(/^ *@Access\(/m).length - 1);
  expect(doors.length).toBe(found.reduce((sum, n) => sum + n, 0));
  expect(files.length).toBeGreaterThan(10);
});

it('a mutation that fits nowhere, or twice, is stale', () => {
  const one = { name: 'x', file: 'f', find: 'a', replace: 'b', specs: [] };
  expect(mutated('a', one)).toBe('b');
  expect(() => mutated('c', one)).toThrow('stale');
  expect(() => mutated('aa', one)).toThrow('stale');
});
