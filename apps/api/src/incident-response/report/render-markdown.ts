/**
 * A document as Markdown (CommonMark with the tables of GitHub). Text of others stays text whatever it holds: nothing in it becomes a heading, a cell, a link,
 * a picture, HTML or a mention. What a renderer would make a link by itself (an address, an e-mail, @somebody) stands as code, in which nothing is a link.
 */
import type { Block, Cell, Span, Style, Table } from './report-document';
import { visible } from './visible-text';

export const renderMarkdown = (blocks: readonly Block[]): string => `${blocks.map(blockText).join('\n\n')}\n`;

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${spansText(block.spans)}`;
    case 'paragraph':
      return linesText(block.lines);
    case 'quote':
      return block.lines.map((line) => `> ${atLineStart(spansText(line))}`.trimEnd()).join('\n>\n');
    case 'list':
      return block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${atLineStart(spansText(item))}`).join('\n');
    case 'code':
      return fenced(block.lines);
    case 'table':
      return tableText(block);
    case 'rule':
      return '---';
  }
}

/** A line that is empty would end the paragraph, and everything after it would be something else. A backslash at the end keeps the line's end. */
const linesText = (lines: Cell): string =>
  lines.map((line) => atLineStart(spansText(line).trim()) || '&nbsp;').join('\\\n'); // prettier-ignore

/** What would begin a block there: a list, a heading, a quote, a rule, a fence, indented code. */
const atLineStart = (text: string): string =>
  text
    .trimStart()
    .replace(/^(\d{1,9})([.)])/, '$1\\$2')
    .replace(/^([-+=#>~:])/, '\\$1');

function fenced(lines: readonly string[]): string {
  const fence = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return [fence, ...lines.map(visible), fence].join('\n');
}

function tableText({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => spansText([{ text: title, style: 'plain' }]) || ' ')),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((_, index) => cellText(row[index] ?? [])))),
  ].join('\n');
}

/** A cell has one line. */
const cellText = (cell: Cell): string => cell.map(spansText).join(' · ') || ' ';

const marks: Record<Exclude<Style, 'code'>, string> = { plain: '', bold: '**', italic: '*' };

function spansText(spans: readonly Span[]): string {
  const texts = spans.map(({ text, style }) => (style === 'code' ? codeText(visible(text)) : styledText(visible(text), marks[style])));
  return texts.reduce(beside, '');
}

/** Marks of code that touch would be one mark; something of no width stands between them. */
const beside = (before: string, after: string): string => (before.endsWith('`') && after.startsWith('`') ? `${before}&#8203;${after}` : before + after); // prettier-ignore

/** Marks count only next to what is no blank; a style that is nothing but blanks is none. */
function styledText(text: string, mark: string): string {
  if (mark === '') return pieces(text);
  const [, before = '', inner = '', after = ''] = /^(\s*)(.*?)(\s*)$/su.exec(text) ?? [];
  return inner === '' ? text : `${before}${mark}${pieces(inner)}${mark}${after}`;
}

// Whatever a renderer may turn into a link, and who may be told: up to the next blank. Asked of each word by itself: a text without a blank may be long.
const inert = /:\/\/|www\.|mailto:|xmpp:|@/iu;

const pieces = (text: string): string =>
  text.split(/(\s+)/u).reduce((result, word) => (inert.test(word) ? beside(result, codeText(word)) : result + plainText(word)), '');

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '|': '&#124;', '\\': '&#92;', '`': '&#96;', '$': '&#36;' }; // prettier-ignore

const plainText = (text: string): string => text.replaceAll(/[&<>|\\`$*_[\]~#]/g, (character) => entities[character] ?? `\\${character}`);

/**
 * A bar ends a cell even within code, and whether a backslash before it saves it differs between renderers: both stand between pieces of code, as entities.
 * So do backticks: then one mark on each side is always enough.
 */
function codeText(text: string): string {
  return text
    .split(/([|\\`]+)/)
    .map((piece, index) => (index % 2 === 1 ? plainText(piece) : piece.trim() === '' ? piece : inCode(piece)))
    .join('');
}

const inCode = (piece: string): string => `\`${piece}\``;

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
