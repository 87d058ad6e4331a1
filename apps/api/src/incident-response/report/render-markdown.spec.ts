/** Read again by a renderer of Markdown that is not ours. */
import { parseMarkdown } from '@pinebill/contract';
import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { renderMarkdown } from './render-markdown';
import { code, heading, italic, paragraph, plain, stacked, type Block, type Span } from './report-document';
import { visible } from './visible-text';

const dangerous = [
  ...['|', '\\', '\\|', '`', '``', '```', '\n', '\r\n', '\n\n', '    ', '<img src=x onerror=alert(1)>', '<!--', '</td>', '&lt;', '&#124;', '<https://evil.example>'],
  ...['[a](https://evil.example)', '![a](https://evil.example/x.png)', '[a]: https://evil.example', '[a]', '[^1]', 'https://evil.example', 'www.evil.example'],
  ...['ops@evil.example', '@everyone', 'mailto:a@b.co', '# ', '- ', '+ ', '1. ', '> ', '---', '===', '***', '~~~', '~~', '**', '__', '_', '*', '| --- |', '$x$', '\u202e', '\u0000'],
]; // prettier-ignore
const text = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...dangerous) },
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.string({ maxLength: 6 }),
    ),
  )
  .map((parts) => parts.join(''));
const span: fc.Arbitrary<Span> = fc.record({ text, style: fc.constantFrom('plain', 'bold', 'italic', 'code') });
const spans = fc.array(span, { minLength: 1, maxLength: 3 });

const forbidden = ['html', 'link', 'image', 'def', 'checkbox'];
function kindsIn(markdown: string): string[] {
  const kinds: string[] = [];
  void marked.walkTokens(marked.lexer(markdown, { gfm: true }), (token) => void kinds.push(token.type));
  return kinds;
}
const blocksOf = (markdown: string): Token[] => marked.lexer(markdown, { gfm: true }).filter(({ type }) => type !== 'space');
/** Whoever reads it sees this much of it: entities and marks undone. */
const shownIn = (token: Token): string => {
  const { tokens, text: own = '' } = token as { tokens?: Token[]; text?: string };
  return tokens ? tokens.map(shownIn).join('') : token.type === 'codespan' ? own : own.replaceAll(/&(#\d+|nbsp|amp|lt|gt);/g, entity);
};
const named: Record<string, string> = { nbsp: '', amp: '&', lt: '<', gt: '>' };
const entity = (_: string, name: string): string => named[name] ?? (name === '#8203' ? '' : String.fromCodePoint(Number(name.slice(1))));

describe('A document as Markdown', () => {
  it('lets no text act: no HTML, link, picture or definition, whatever stands where', () => {
    const block: fc.Arbitrary<Block> = fc.oneof(
      spans.map((all): Block => ({ kind: 'heading', level: 2, spans: all })),
      fc.array(spans, { minLength: 1, maxLength: 3 }).map((lines): Block => ({ kind: 'paragraph', lines })),
      fc.array(spans, { minLength: 1, maxLength: 3 }).map((lines): Block => ({ kind: 'quote', lines })),
      fc.array(spans, { minLength: 1, maxLength: 3 }).map((items): Block => ({ kind: 'list', ordered: false, items })),
      fc.array(text, { maxLength: 3 }).map((lines): Block => ({ kind: 'code', lines })),
      text.map((written): Block => paragraph(plain(written))),
    );
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), (blocks) => {
        const markdown = renderMarkdown([heading(1, 'First'), ...blocks, heading(1, 'Last')]);
        expect(kindsIn(markdown).filter((kind) => forbidden.includes(kind))).toEqual([]);
        // What comes after is still what it was: nothing has swallowed it.
        expect(blocksOf(markdown).at(-1)).toMatchObject({ type: 'heading', depth: 1, text: 'Last' });
        expect(blocksOf(markdown).filter(({ type }) => type === 'heading')).toHaveLength(
          2 + blocks.filter(({ kind }) => kind === 'heading').length,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a table as it is: as many rows and cells, and no text in another cell', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(spans, spans, spans), { maxLength: 4 }), (rows) => {
        const columns = ['a', 'b', 'c'].map((title) => ({ title, width: 1 }));
        const table: Block = { kind: 'table', columns, rows: rows.map((row) => row.map((all) => stacked(all))) };
        const found = blocksOf(renderMarkdown([table, paragraph(italic('after'))]));
        expect(found.map(({ type }) => type)).toEqual(['table', 'paragraph']);
        const read = found[0] as Tokens.Table;
        expect(read.rows.map((row) => row.length)).toEqual(rows.map(() => 3));
        const squeezed = (value: string): string => value.replaceAll(/[\s*_\u200b]/g, '');
        const written = rows.map((row) => row.map((all) => squeezed(all.map((one) => visible(one.text)).join('')) || '–'));
        expect(read.rows.map((row) => row.map((one) => squeezed(one.tokens.map(shownIn).join(''))))).toEqual(written.map((row) => row.map((one) => (one === '–' ? expect.any(String) : one)))); // prettier-ignore
      }),
      { numRuns: 500 },
    );
  });

  it('makes the same bytes of the same document', () => {
    const blocks = [paragraph(plain('a | b'), code('x`y'))];
    expect(renderMarkdown(blocks)).toBe(renderMarkdown(blocks));
    expect(renderMarkdown(blocks)).toBe('a &#124; b`x`&#96;`y`\n');
  });

  it('ends for a note without a blank', () => {
    const word = 'a.-+'.repeat(2_500);
    expect(renderMarkdown([paragraph(plain(`${word} x`))])).toBe(`${word} x\n`);
    expect(renderMarkdown([paragraph(plain(`${word}@x`))])).toBe(`\`${word}@x\`\n`);
  });
});

describe('Markdown of notes and templates', () => {
  it('is read for its form, and shows every letter that is no mark', () => {
    expect(parseMarkdown('# Head\n\nOne **two** `three|four`\nnext\n\n- a\n- b\n\n1. c\n\n> said\n\n```\n<b>\n```\n\n| x | y |\n| - | - |\n| 1 | 2\\|3 |\n\n---')).toEqual([
      { kind: 'heading', level: 1, spans: [plain('Head')] },
      { kind: 'paragraph', lines: [[plain('One '), { text: 'two', style: 'bold' }, plain(' '), code('three|four')], [plain('next')]] },
      { kind: 'list', ordered: false, items: [[plain('a')], [plain('b')]] },
      { kind: 'list', ordered: true, items: [[plain('c')]] },
      { kind: 'quote', lines: [[plain('said')]] },
      { kind: 'code', lines: ['<b>'] },
      { kind: 'table', columns: [{ title: 'x', width: 1 }, { title: 'y', width: 1 }], rows: [[[[plain('1')]], [[plain('2|3')]]]] },
      { kind: 'rule' },
    ]); // prettier-ignore
    expect(parseMarkdown('see [the wiki](https://wiki.example/x)')).toEqual([paragraph(plain('see the wiki (https://wiki.example/x)'))]);
  });

  it('ends for any text, and loses no letter or digit of it', () => {
    const letters = (value: string): string => value.replaceAll(/[^\p{L}]/gu, '');
    fc.assert(
      fc.property(text, (written) => {
        const shown = parseMarkdown(written).map((block) => JSON.stringify(block));
        for (const letter of new Set(letters(written.replaceAll(/[`~]{3,}[^\n]*/g, '')))) expect(shown.join('')).toContain(letter);
      }),
      { numRuns: 500 },
    ); // prettier-ignore
    expect(parseMarkdown('*a'.repeat(5_000))).toHaveLength(1);
    expect(parseMarkdown('**_'.repeat(3_300))).toHaveLength(1);
    expect(parseMarkdown('['.repeat(10_000))).toHaveLength(1);
    // Ten notes' worth in one: beginnings without an end, each of which would look for it as far as there is text.
    for (const endless of ['*a ', '**a ', '_a ', '__a ', '`a ']) expect(parseMarkdown(endless.repeat(40_000))).toHaveLength(1);
  });
});
