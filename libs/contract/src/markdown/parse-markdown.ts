/**
 * The Markdown that notes and templates are written in: headings, paragraphs, lists, quotes, fenced code, tables, rules; bold, italic, code. Any text is some
 * document: what is not understood is shown as it was written. HTML is text; what becomes of links and pictures is said by whoever reads. In time that grows
 * with the text and no faster, whatever somebody wrote to make it slow: no expression looks for an end that is not there twice.
 */
import type { Block, Cell, Span, TableColumn } from './document';
import { inWords, parseSpans, type Linked } from './parse-spans';

type Lines = { readonly all: readonly string[]; readonly linked: Linked; at: number };
/** Returns null, and leaves the place where it is, when the next lines are something else. */
type Reader = (lines: Lines) => Block | null;

/** `linked`: their text and their address in words, unless something else is wanted. */
export function parseMarkdown(text: string, linked: Linked = inWords): Block[] {
  const lines: Lines = { all: text.replaceAll(/\r\n?/g, '\n').split('\n'), linked, at: 0 };
  const blocks: Block[] = [];
  while (lines.at < lines.all.length) {
    if (isBlank(lines.all[lines.at])) lines.at += 1;
    else blocks.push(nextBlock(lines));
  }
  return blocks;
}

const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';
const peek = ({ all, at }: Lines): string => all[at] ?? '';

function nextBlock(lines: Lines): Block {
  for (const read of readers) {
    const block = read(lines);
    if (block) return block;
  }
  return readParagraph(lines);
}

const starts = {
  heading: /^ {0,3}(#{1,6})(?=[ \t]|$)(.*)$/,
  rule: /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/,
  fence: /^ {0,3}(`{3,}|~{3,})/,
  quote: /^ {0,3}> ?(.*)$/,
  bullet: /^[ \t]*[-*+][ \t]+(.*)$/,
  number: /^[ \t]*\d{1,9}[.)][ \t]+(.*)$/,
  placeholder: /^ {0,3}\{\{[^{}]*\}\}[ \t]*$/,
} as const;
const begins = (line: string): boolean => Object.values(starts).some((start) => start.test(line));

const readHeading: Reader = (lines) => {
  const found = starts.heading.exec(peek(lines));
  if (!found) return null;
  lines.at += 1;
  const level = Math.min(3, found[1]?.length ?? 1) as 1 | 2 | 3; // of 1 to 6 marks
  return { kind: 'heading', level, spans: parseSpans(unclosed(found[2] ?? ''), lines.linked) };
};

/** `# Title ##` is `Title`. */
function unclosed(text: string): string {
  const title = text.trim();
  let end = title.length;
  while (title.charAt(end - 1) === '#') end -= 1;
  return end > 0 && end < title.length && /[ \t]/.test(title.charAt(end - 1)) ? title.slice(0, end).trimEnd() : title;
}

const readRule: Reader = (lines) => {
  if (!starts.rule.test(peek(lines))) return null;
  lines.at += 1;
  return { kind: 'rule' };
};

/** To its end, or to the end of the text. */
const readFence: Reader = (lines) => {
  const fence = starts.fence.exec(peek(lines))?.[1];
  if (fence === undefined) return null;
  const found: string[] = [];
  for (lines.at += 1; lines.at < lines.all.length; lines.at += 1) {
    const line = peek(lines).trim();
    if (line.length >= fence.length && line === fence.charAt(0).repeat(line.length)) break;
    found.push(peek(lines));
  }
  lines.at += 1;
  return { kind: 'code', lines: found };
};

function readWhile(lines: Lines, start: RegExp): string[] {
  const found: string[] = [];
  for (; lines.at < lines.all.length; lines.at += 1) {
    const line = start.exec(peek(lines))?.[1];
    if (line === undefined) break;
    found.push(line);
  }
  return found;
}

const readQuote: Reader = (lines) => {
  const found = readWhile(lines, starts.quote);
  return found.length === 0 ? null : { kind: 'quote', lines: found.map((line) => parseSpans(line, lines.linked)) };
};

/** Flat; a line that goes on belongs to the item before it. */
const listOf =
  (ordered: boolean): Reader =>
  (lines) => {
    const start = ordered ? starts.number : starts.bullet;
    const items: string[] = [];
    for (; lines.at < lines.all.length && !isBlank(peek(lines)); lines.at += 1) {
      const item = start.exec(peek(lines))?.[1];
      if (item !== undefined) items.push(item);
      else if (items.length === 0 || begins(peek(lines))) break;
      else items.push(`${items.pop() ?? ''} ${peek(lines).trim()}`);
    }
    return items.length === 0 ? null : { kind: 'list', ordered, items: items.map((line) => parseSpans(line, lines.linked)) };
  };

const isDelimiter = (line: string): boolean => !/^(?: {4}|\t)/.test(line) && cellsOf(line).every((text) => /^:?-+:?$/.test(text));

/** `\|` is a bar within a cell. */
function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((text) => text.replaceAll('\\|', '|').trim());
}

const readTable: Reader = (lines) => {
  const next = lines.all[lines.at + 1] ?? '';
  if (!peek(lines).includes('|') || !next.includes('|') || !isDelimiter(next)) return null;
  const titles = cellsOf(peek(lines));
  const columns: TableColumn[] = titles.map((title) => ({ title: textOf(parseSpans(title, lines.linked)), width: 1 }));
  const rows: Cell[][] = [];
  for (lines.at += 2; !isBlank(peek(lines)) && peek(lines).includes('|'); lines.at += 1) {
    const texts = cellsOf(peek(lines));
    rows.push(columns.map((_, index) => [parseSpans(texts[index] ?? '', lines.linked)]));
  }
  return { kind: 'table', columns, rows };
};

const textOf = (spans: readonly Span[]): string => spans.map(({ text }) => text).join('');

const readers: readonly Reader[] = [readHeading, readRule, readFence, readQuote, listOf(false), listOf(true), readTable];

/** Line ends are kept: whoever wrote lines meant lines. A placeholder that stands alone is a paragraph of its own. */
function readParagraph(lines: Lines): Block {
  const found: string[] = [];
  do {
    found.push(peek(lines).trim());
    lines.at += 1;
  } while (!isBlank(peek(lines)) && !begins(peek(lines)) && !starts.placeholder.test(found.at(-1) ?? ''));
  return { kind: 'paragraph', lines: found.map((line) => parseSpans(line, lines.linked)) };
}
