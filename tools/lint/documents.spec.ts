/** What a merge leaves behind in a document: no compiler reads those, and the formatter takes the markers for a heading and a quotation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const documents = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join('docs', String(name))),
].filter((name) => name.endsWith('.md'));
const marker = /^(<{7}|={7}|>{7}|\\?={7}|(> ){5,})/;

it('no document has the marker of a conflict', () => {
  expect(documents).toContain(join('docs', 'security-model.md'));
  const found = documents.flatMap((name) =>
    readFileSync(join(root, name), 'utf8')
      .split('\n')
      .flatMap((line, at) => (marker.test(line.trim()) ? [`${name}:${at + 1}: ${line}`] : [])),
  );
  expect(found).toEqual([]);
});

it.each(['<<<<<<< HEAD', '=======', '\\=======', '> > > > > > > identity', '>>>>>>> rapi'])('%s is one', (line) => {
  expect(line).toMatch(marker);
});
