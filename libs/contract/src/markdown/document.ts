/** A text between what was written and how it is shown. There is no picture or HTML in it, so no text can become one. */

export type Style = 'plain' | 'bold' | 'italic' | 'code';
/** Text that is shown as it is. `href`: of a link, where whoever reads the text lets there be one. */
export type Span = { text: string; style: Style; href?: string };
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
