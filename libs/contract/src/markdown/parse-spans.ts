/** What stands within a line: bold, italic, code, links. */
import type { Span, Style } from './document';

/** What becomes of a link or a picture: of its text, which is read already, and its address. */
export type Linked = (spans: readonly Span[], address: string) => readonly Span[];

/** `the wiki (https://wiki.example/x)`. */
export const inWords: Linked = (spans, address) =>
  address === '' || address === spans.map(({ text }) => text).join('') ? spans : [...spans, { text: ` (${address})`, style: 'plain' }];

/** Of styles within styles within styles, however many somebody wrote. */
const MOST_DEPTH = 3;
type Context = { linked: Linked; depth: number };
type Found = {
  /** What a pair begins with; left out where an expression never looks far. */
  open?: RegExp;
  of: RegExp;
  spans: (found: RegExpExecArray, context: Context) => readonly Span[];
};

const inline: readonly Found[] = [
  { of: /\\([!-/:-@[-`{-~])/y, spans: ([, character = '']) => [{ text: character, style: 'plain' }] },
  {
    open: /(?<!`)(`+)(?!`)/y,
    of: /(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/y,
    spans: ([, , text = '']) => [{ text: unpadded(text), style: 'code' }],
  },
  { of: /!?\[([^[\]]*)\]\(([^()\s]*)\)/y, spans: ([, text = '', address = ''], context) => context.linked(within(text, context), address) },
  { open: /\*\*(?=\S)/y, of: /\*\*(?=\S)(.+?)(?<=\S)\*\*/y, spans: ([, text = ''], context) => styled(text, 'bold', context) },
  { open: /__(?=\S)/y, of: /__(?=\S)(.+?)(?<=\S)__(?!\w)/y, spans: ([, text = ''], context) => styled(text, 'bold', context) },
  { open: /\*(?=[^\s*])/y, of: /\*(?=[^\s*])(.+?)(?<=[^\s*])\*/y, spans: ([, text = ''], context) => styled(text, 'italic', context) },
  {
    open: /(?<!\w)_(?=[^\s_])/y,
    of: /(?<!\w)_(?=[^\s_])(.+?)(?<=[^\s_])_(?!\w)/y,
    spans: ([, text = ''], context) => styled(text, 'italic', context),
  },
];

/** A blank at both ends is there to keep backticks apart. */
const unpadded = (text: string): string => (text.startsWith(' ') && text.endsWith(' ') && text.trim() !== '' ? text.slice(1, -1) : text);

const within = (text: string, { linked, depth }: Context): Span[] => parseSpans(text, linked, depth + 1);

/** Of styles within styles the innermost is shown. */
const styled = (text: string, style: Style, context: Context): Span[] =>
  within(text, context).map((span) => (span.style === 'plain' ? { ...span, style } : span));

export function parseSpans(text: string, linked: Linked = inWords, depth = 0): Span[] {
  if (depth > MOST_DEPTH) return [{ text, style: 'plain' }];
  const spans: Span[] = [];
  const endless = new Set<string>();
  let rest = 0;
  for (let at = 0; at < text.length;) {
    const found = foundAt(text, at, { linked, depth, endless });
    if (found === null) {
      at += 1;
      continue;
    }
    if (at > rest) spans.push({ text: text.slice(rest, at), style: 'plain' });
    spans.push(...found.spans);
    at = rest = found.end;
  }
  if (rest < text.length) spans.push({ text: text.slice(rest), style: 'plain' });
  return joined(spans);
}

const MARKS = /[\\`![*_]/;

type Search = Context & {
  /** Beginnings that have no end: what has none from here has none from anywhere behind it. */
  endless: Set<string>;
};

function foundAt(text: string, at: number, search: Search): { spans: readonly Span[]; end: number } | null {
  if (!MARKS.test(text.charAt(at))) return null;
  for (const kind of inline) {
    const found = pairAt(text, at, kind, search.endless);
    if (found) return { spans: kind.spans(found, search), end: at + found[0].length };
  }
  return null;
}

function pairAt(text: string, at: number, { open, of }: Found, endless: Set<string>): RegExpExecArray | null {
  if (!open) return execAt(of, text, at);
  const begin = execAt(open, text, at)?.[0];
  if (begin === undefined) return null;
  const pair = `${of.source} ${begin}`;
  const found = endless.has(pair) ? null : execAt(of, text, at);
  if (!found) endless.add(pair);
  return found;
}

function execAt(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}

function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    const before = result.at(-1);
    if (before && before.style === span.style && before.href === span.href)
      result[result.length - 1] = { ...span, text: before.text + span.text };
    else result.push(span);
  }
  return result;
}
