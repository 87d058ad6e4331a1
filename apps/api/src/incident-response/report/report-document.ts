/** A report between its facts and its format: what Markdown and PDF are both made of. There is no link, picture or HTML in it, so no text can become one. */
import type { Cell, Heading, Paragraph, Span } from '@pinebill/contract';

export type { Block, Cell, Heading, List, Paragraph, Quote, Span, Style, Table, TableColumn } from '@pinebill/contract';

export const plain = (text: string): Span => ({ text, style: 'plain' });
export const bold = (text: string): Span => ({ text, style: 'bold' });
export const italic = (text: string): Span => ({ text, style: 'italic' });
export const code = (text: string): Span => ({ text, style: 'code' });

export const heading = (level: Heading['level'], text: string): Heading => ({ kind: 'heading', level, spans: [plain(text)] });
export const paragraph = (...spans: Span[]): Paragraph => ({ kind: 'paragraph', lines: [spans] });

/** A cell of one line; nothing at all is a dash. */
export const cell = (...spans: readonly (Span | null)[]): Cell => {
  const shown = spans.filter((span) => span !== null && span.text !== '') as Span[]; // what is left is no null
  return [shown.length === 0 ? [plain('–')] : shown];
};
/** A cell of several lines, without those that are empty. */
export const stacked = (...lines: readonly (readonly (Span | null)[])[]): Cell => {
  const shown = lines.map((line) => line.filter((span) => span !== null && span.text !== '') as Span[]).filter((line) => line.length > 0);
  return shown.length === 0 ? cell() : shown;
};
