/**
 * A document as PDF, on A4: a heading and a number on each page, tables that go on over pages. The same document gives the same bytes: the only moment in it is
 * that of the facts. `attachment`: the JSON report, within the file, so that what is printed can still be checked.
 */
import type { Font } from 'fontkit';
import { Coverage, openFont, readFaces, type Face, type FaceFile } from './pdf-fonts';
import { linesOf } from './pdf-lines';
import { contentWidth, LEADING, page, PageWriter, type Ink } from './pdf-page';
import { drawTable } from './pdf-table';
import { bold, plain, type Block, type Cell, type Heading, type Span } from './report-document';

export type PdfFacts = {
  title: string;
  /** Over each page. `mark`: on its right, in red, for what must not be overlooked. */
  head: string;
  mark: string | null;
  foot: string;
  at: Date;
  attachment: { name: string; text: string };
};

type Fonts = { files: readonly FaceFile[]; coverage: Coverage; open: (bytes: Buffer) => Font };
let known: Promise<Fonts> | null = null;

async function loadFonts(): Promise<Fonts> {
  const fontkit = await import('fontkit');
  const files = readFaces();
  const opened = Object.fromEntries(files.map(({ face, bytes }) => [face, fontkit.create(bytes)])) as Record<
    Face,
    ReturnType<typeof fontkit.create>
  >; // each face has a file
  return { files, coverage: new Coverage(opened), open: (bytes) => openFont(fontkit.create, bytes) };
}

/** Long ones are made in pieces: others get their turn in between. */
export async function renderPdf(blocks: readonly Block[], facts: PdfFacts): Promise<Buffer> {
  const { files, coverage, open } = await (known ??= loadFonts());
  const fonts = files.map(({ face, bytes }) => ({ face, font: source(open(bytes)) }));
  const { default: PdfDocument } = await import('pdfkit');
  const document = new PdfDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    // None by itself, which its types do not know of: it would be a face that is not ours, or one of ours that is then compared at each use.
    font: null as unknown as string,
    info: { Title: facts.title, Producer: 'PineBill API Audit Logs', Creator: 'PineBill API Audit Logs', CreationDate: facts.at },
  });
  for (const { face, font } of fonts) document.registerFont(face, font);
  document.file(Buffer.from(facts.attachment.text), { name: facts.attachment.name, creationDate: facts.at, modifiedDate: facts.at }); // prettier-ignore
  const done = collected(document);
  const writer = new PageWriter(document);
  const drawing = new Drawing(writer, coverage);
  for (const block of blocks) await drawing.block(block);
  await drawing.margins(facts);
  await breathe();
  document.end();
  return done;
}

/** pdfkit takes a font of fontkit; its types do not say so. */
const source = (font: Font): string => font as unknown as string;

const collected = (document: PDFKit.PDFDocument): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => resolve(Buffer.concat(chunks)));
    document.on('error', reject);
  });

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const BODY = 9.5;
const headingSizes = { 1: 18, 2: 13, 3: 11 } as const;
type Setting = { size: number; indent?: number; ink?: Ink };

class Drawing {
  constructor(
    private readonly writer: PageWriter,
    private readonly coverage: Coverage,
  ) {}

  async block(block: Block): Promise<void> {
    switch (block.kind) {
      case 'heading':
        this.heading(block);
        break;
      case 'paragraph':
        this.lines(block.lines, { size: BODY });
        break;
      case 'quote':
        this.quote(block.lines);
        break;
      case 'list':
        for (const [index, item] of block.items.entries()) this.item(item, block.ordered ? `${index + 1}.` : '•');
        this.writer.y += 6;
        break;
      case 'code':
        this.lines(block.lines.map((text) => [{ text, style: 'code' }]), { size: 8, indent: 8 }); // prettier-ignore
        break;
      case 'table':
        await drawTable(this.writer, block, { coverage: this.coverage, breathe });
        break;
      case 'rule':
        this.writer.need(12);
        this.writer.rule(this.writer.y + 4);
        this.writer.y += 12;
    }
  }

  private heading({ level, spans }: Heading): void {
    const size = headingSizes[level];
    // Not as the last thing on a page.
    this.writer.need(size * LEADING + 5 * BODY * LEADING);
    if (!this.writer.isFresh) this.writer.y += size * 0.6;
    this.lines([spans.map((span) => (span.style === 'plain' ? { ...span, style: 'bold' } : span))], { size });
  }

  private lines(lines: Cell, setting: Setting): void {
    for (const spans of lines) this.flow(spans, setting);
    this.writer.y += 6;
  }

  private flow(spans: readonly Span[], { size, indent = 0, ink }: Setting): void {
    const width = contentWidth - indent;
    for (const line of linesOf(spans, { coverage: this.coverage, size, width })) {
      this.writer.need(size * LEADING);
      this.writer.line(line, { x: page.left + indent, y: this.writer.y, size, width, ...(ink ? { ink } : {}) });
      this.writer.y += size * LEADING;
    }
  }

  private quote(lines: Cell): void {
    this.writer.need(3 * BODY * LEADING);
    const [from, before] = [this.writer.y, this.writer.document.bufferedPageRange().count];
    this.lines(lines, { size: BODY, indent: 10 });
    if (this.writer.document.bufferedPageRange().count === before)
      this.writer.shade({ x: page.left, y: from, width: 2.5, height: this.writer.y - 6 - from }, 'line');
  }

  private item(spans: readonly Span[], mark: string): void {
    this.writer.need(BODY * LEADING);
    const [line] = linesOf([plain(mark)], { coverage: this.coverage, size: BODY, width: 20 });
    if (line) this.writer.line(line, { x: page.left + 4, y: this.writer.y, size: BODY, width: 20 });
    this.flow(spans, { size: BODY, indent: 20 });
  }

  /** Once it is known how many pages there are. */
  async margins({ head, mark, foot }: PdfFacts): Promise<void> {
    const { document } = this.writer;
    const { count } = document.bufferedPageRange();
    for (let index = 0; index < count; index += 1) {
      if (index % 16 === 15) await breathe();
      document.switchToPage(index);
      this.margin([plain(head)], { y: 32, ink: 'faint', side: 'left' });
      if (mark !== null) this.margin([bold(mark)], { y: 32, ink: 'alarm', side: 'right' });
      this.writer.rule(48);
      this.margin([plain(foot)], { y: page.height - 40, ink: 'faint', side: 'left' });
      this.margin([plain(`Page ${index + 1} of ${count}`)], { y: page.height - 40, ink: 'faint', side: 'right' });
    }
  }

  /** What does not fit on one line of it is cut there, and stands whole on the first page. */
  private margin(spans: readonly Span[], { y, ink, side }: { y: number; ink: Ink; side: 'left' | 'right' }): void {
    const size = 7.5;
    const width = contentWidth * (side === 'left' ? 0.78 : 0.2);
    const [line, more] = linesOf(spans, { coverage: this.coverage, size, width });
    if (!line) return;
    const x = side === 'left' ? page.left : page.width - page.right - line.width;
    const shown = more ? { ...line, runs: [...line.runs, { text: ' …', face: 'regular' as const, rightToLeft: false }] } : line;
    this.writer.line(shown, { x, y, size, width: line.width, ink });
  }
}
