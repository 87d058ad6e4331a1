import fc from 'fast-check';
import { typeId } from '../../platform/ids';
import { timeText } from '../local-time';
import { CopiedCsv, instantOf, newMark, type CopiedRows } from './copied-csv';

/** As COPY writes it: a mark, a uuid, a time; then cells that a caller has chosen, and ids behind marks of their own. */
type Row = { id: string; at: string; cells: (string | { letter: 'k' | 'u'; id: string })[] };
const mark = newMark();
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const written = (rows: readonly Row[]): Buffer =>
  Buffer.from(rows.map(({ id, at, cells }) => `${[mark, id, at, ...cells.map((cell) => (typeof cell === 'string' ? quoted(cell) : `${mark}${cell.letter}${cell.id}`))].join(',')}\n`).join('')); // prettier-ignore

const expected = (rows: readonly Row[], { lead, time }: Pick<CopiedRows, 'lead' | 'time'>): string =>
  rows.map(({ id, at, cells }) => {
    const instant = instantOf(at);
    const begin = lead.map((name) => (name === 'startedAt' ? (time === 'UTC' ? instant : time(instant)) : typeId(name === 'id' ? 'log' : 'req', id)));
    return `${[...begin, ...cells.map((cell) => (typeof cell === 'string' ? quoted(cell) : typeId(cell.letter === 'k' ? 'key' : 'usr', cell.id)))].join(',')}\r\n`;
  }).join(''); // prettier-ignore

function finished(bytes: Buffer, cuts: readonly number[], rows: Omit<CopiedRows, 'mark' | 'separator'>): string {
  const csv = new CopiedCsv({ mark, separator: ',', ...rows });
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const pieces = edges.slice(1).map((edge, index) => Buffer.from(csv.push(bytes.subarray(edges[index], edge))));
  return Buffer.concat([...pieces, csv.end()]).toString();
}

const uuid = fc.uuid({ version: 7 });
const at = fc.date({ min: new Date('2000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }).map(
  (date) =>
    `${date
      .toISOString()
      .slice(0, -1)
      .replace('T', ' ')
      .replace(/\.?0*$/, (zeros) => (zeros.includes('.') ? '' : zeros.slice(0, 0)))}+00`,
);
const cell = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('~', '~~', mark.slice(0, -1), 'a\r\nb', '\n', '"', ''),
  fc.record({ letter: fc.constantFrom('k' as const, 'u' as const), id: uuid }),
);
const someRows = fc.array(fc.record({ id: uuid, at, cells: fc.array(cell, { minLength: 1, maxLength: 5 }) }), { maxLength: 8 });

it.each<[string, Pick<CopiedRows, 'lead' | 'time'>]>([
  ['ids and the time in UTC', { lead: ['id', 'requestId', 'startedAt'], time: 'UTC' }],
  ['the time in another zone, and one id', { lead: ['startedAt', 'requestId'], time: timeText('Asia/Kolkata') }],
  ['nothing of the beginning', { lead: [], time: 'UTC' }],
])('rows are the same however they are cut into chunks: %s', (_, how) => {
  fc.assert(
    fc.property(someRows, fc.array(fc.nat(), { maxLength: 6 }), (rows, cuts) => {
      expect(finished(written(rows), cuts, { ...how, more: true })).toBe(expected(rows, how));
    }),
    { numRuns: 200 },
  );
});

it('a row may end behind the time', () => {
  const rows = [{ id: '01a21cd3-d5a3-76c2-b4b0-03511db7520b', at: '2026-11-27 11:46:14.5+00', cells: [] }];
  const how = { lead: ['id', 'startedAt'], time: 'UTC' } as const;
  expect(finished(written(rows), [], { ...how, more: false })).toBe(`${typeId('log', rows[0]!.id)},2026-11-27T11:46:14.500Z\r\n`);
});

it.each([
  ['2025-12-02 10:30:15+00', '2025-12-02T10:30:15.000Z'],
  ['2025-12-02 10:30:15.1+00', '2025-12-02T10:30:15.100Z'],
  ['2025-12-02 10:30:15.123+00', '2025-12-02T10:30:15.123Z'],
  ['10000-01-01 00:00:00+00', '+010000-01-01T00:00:00.000Z'],
  ['0044-03-15 12:00:00+00 BC', '-000043-03-15T12:00:00.000Z'],
])('%s is %s, also of a clock that jumped', (text, instant) => {
  expect(instantOf(text)).toBe(instant);
  const rows = [{ id: '01a21cd3-d5a3-76c2-b4b0-03511db7520b', at: text, cells: ['x'] }];
  const guard = instant.startsWith('+') || instant.startsWith('-') ? "'" : '';
  expect(finished(written(rows), [], { lead: ['startedAt'], time: 'UTC', more: true })).toBe(`${guard}${instant},x\r\n`);
});
