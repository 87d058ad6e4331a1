/** A report between its facts and its format: what Markdown and PDF are both made of. There is no link, picture or HTML in it, so no text can become one. */

export type Style = 'plain' | 'bold' | 'italic' | 'code';
/** Text that is shown as it is. */
export type Span = { text: string; style: Style };
/** Lines of spans: a cell may have several, one under the other. */
export type Cell = readonly (readonly Span[])[];
/** `width`: its share of the page. `fine`: small, for what is compared rather than read. */
export type TableColumn = { title: string; width: number; fine?: true };

export type Heading = { kind: 'heading'; level: 1 | 2 | 3; spans: readonly Span[] };
export type Paragraph = { kind: 'paragraph'; lines: Cell };
export type List = { kind: 'list'; ordered: boolean; items: readonly (readonly Span[])[] };
export type Quote = { kind: 'quote'; lines: Cell };
export type Code = { kind: 'code'; lines: readonly string[] };
export type Table = { kind: 'table'; columns: readonly TableColumn[]; rows: readonly (readonly Cell[])[] };
export type Rule = { kind: 'rule' };
export type Block = Heading | Paragraph | List | Quote | Code | Table | Rule;

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
