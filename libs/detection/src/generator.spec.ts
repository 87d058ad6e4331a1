/** The traffic that detectors are scored with is made without them: lint does not read these files, so this does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(__dirname, '../../../tools/bench/detection');
const files = readdirSync(folder).filter((file) => file.endsWith('.mjs'));

it('only library.mjs loads the engine, and nothing else of the product is imported', () => {
  const imports = files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(([, named, dynamic]) => `${file} ${named ?? dynamic ?? ''}`),
  ); // prettier-ignore
  expect(imports.length).toBeGreaterThan(8);
  expect(imports.filter((one) => !/ (\.\/[\w-]+\.mjs|node:[\w/]+|rolldown)$/.test(one))).toEqual([]);
  const naming = files.filter((file) => /libs\//.test(readFileSync(join(folder, file), 'utf8')));
  expect(naming).toEqual(['library.mjs']);
});
