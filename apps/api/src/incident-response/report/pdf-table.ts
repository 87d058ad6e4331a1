/** Tables that go on over pages, with their head on each of them; a row that is higher than a page goes on as well. */
import type { Coverage } from './pdf-fonts';
import { linesOf, type Line } from './pdf-lines';
import { contentWidth, LEADING, page, type PageWriter } from './pdf-page';
import { bold, type Cell, type Table } from './report-document';

const SIZE = 8;
const FINE = 6.6;
const PADDING = 4;

type Laid = { lines: Line[]; x: number; width: number; size: number };
type Frame = { x: number; width: number; size: number };

/** `breathe`: between rows, so that a long table keeps nobody else waiting. */
export async function drawTable(
  writer: PageWriter,
  table: Table,
  { coverage, breathe }: { coverage: Coverage; breathe: () => Promise<void> },
): Promise<void> {
  const frames = framesOf(table);
  const lay = (cells: readonly Cell[]): Laid[] =>
    frames.map((frame, index) => ({
      ...frame,
      lines: (cells[index] ?? []).flatMap((spans) => linesOf(spans, { coverage, size: frame.size, width: frame.width - 2 * PADDING })),
    }));
  const head = lay(table.columns.map(({ title }) => [[bold(title)]]));
  // A head without a row under it would stand alone.
  writer.need(heightOf(head) + 3 * SIZE * LEADING);
  drawRow(writer, head, { shaded: true });
  for (const [index, cells] of table.rows.entries()) {
    if (index % 8 === 7) await breathe();
    drawOver(writer, lay(cells), head);
  }
  writer.y += 8;
}

function framesOf({ columns }: Table): Frame[] {
  const whole = columns.reduce((sum, { width }) => sum + width, 0);
  let x: number = page.left;
  return columns.map(({ width: share, fine }) => {
    const width = (share / whole) * contentWidth;
    const frame = { x, width, size: fine === true ? FINE : SIZE };
    x += width;
    return frame;
  });
}

const heightOf = (row: readonly Laid[]): number => Math.max(...row.map(({ lines, size }) => lines.length * size * LEADING)) + 2 * PADDING;

/** As many lines as there is room for, then the rest on the next page. */
function drawOver(writer: PageWriter, row: readonly Laid[], head: readonly Laid[]): void {
  let rest = row;
  for (;;) {
    const height = heightOf(rest);
    const fits = height <= writer.room;
    const onPage = page.height - page.top - page.bottom - heightOf(head);
    // One that fits on no page begins where it is, where there is some room.
    if (!fits && (height <= onPage || writer.room < 6 * SIZE * LEADING)) turn(writer, head);
    const room = writer.room - 2 * PADDING;
    const part = rest.map((cell) => ({ ...cell, lines: cell.lines.slice(0, Math.max(1, Math.floor(room / (cell.size * LEADING)))) }));
    drawRow(writer, part, { shaded: false });
    if (part.every((cell, index) => cell.lines.length === rest[index]?.lines.length)) return;
    rest = rest.map((cell, index) => ({ ...cell, lines: cell.lines.slice(part[index]?.lines.length ?? 0) }));
    turn(writer, head);
  }
}

function turn(writer: PageWriter, head: readonly Laid[]): void {
  writer.turn();
  drawRow(writer, head, { shaded: true });
}

function drawRow(writer: PageWriter, row: readonly Laid[], { shaded }: { shaded: boolean }): void {
  const height = heightOf(row);
  if (shaded) writer.shade({ x: page.left, y: writer.y, width: contentWidth, height });
  for (const { lines, x, width, size } of row)
    for (const [index, line] of lines.entries())
      writer.line(line, { x: x + PADDING, y: writer.y + PADDING + index * size * LEADING, size, width: width - 2 * PADDING });
  writer.y += height;
  writer.rule(writer.y);
}
