/** The pages say what the code does: every detector has one, with its name, its title and its thresholds as they are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { detectorNames, detectors } from '@pinebill/contract';
import { defaultSettings } from './settings';

const root = resolve(__dirname, '../../..');

it.each(detectorNames)('%s has its page', (name) => {
  const { document, title } = detectors[name];
  expect(existsSync(join(root, document))).toBe(true);
  const page = readFileSync(join(root, document), 'utf8');
  expect(page.startsWith(`# ${title}\n\n\`${name}\``)).toBe(true);
  const rows = [...page.matchAll(/^\| `(\w+)` +\| +([\d.]+) \|/gm)].map(([, key = '', value = '']) => [key, Number(value)]);
  expect(Object.fromEntries(rows)).toEqual(defaultSettings[name]);
});

it('the list has all of them, and no page is of nothing', () => {
  const list = readFileSync(join(root, 'docs/detectors/README.md'), 'utf8');
  const pages = readdirSync(join(root, 'docs/detectors')).filter((file) => file !== 'README.md');
  expect(pages.map((file) => `docs/detectors/${file}`).sort()).toEqual(Object.values(detectors).map(({ document }) => document).sort()); // prettier-ignore
  for (const file of pages) expect(list).toContain(`(${file})`);
});
