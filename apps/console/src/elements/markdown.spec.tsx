import { ThemeProvider } from '@mui/material/styles';
import { render } from '@testing-library/react';
import fc from 'fast-check';
import { lightTheme } from '../theme';
import { Markdown } from './Markdown';

function shown(text: string): HTMLElement {
  const { container } = render(
    <ThemeProvider theme={lightTheme}>
      <Markdown text={text} />
    </ThemeProvider>,
  );
  return container;
}
const linksIn = (text: string): [string, string][] =>
  [...shown(text).querySelectorAll('a')].map((link) => [link.textContent, link.getAttribute('href') ?? '']);

it('shows the form of what was written', () => {
  const html = shown(
    '## Who\n\n**us** and _them_\n`x`\n\n- a\n- b\n\n> said\n\n```\n<b>\n```\n\n| k | v |\n| - | - |\n| 1 | 2 |',
  ).innerHTML;
  for (const part of ['<p><strong>Who</strong></p>', '<p><strong>us</strong> and <em>them</em><br><code>x</code></p>', '<ul><li>a</li><li>b</li></ul>', '<blockquote>said</blockquote>', '<pre><code>&lt;b&gt;</code></pre>', '<td>1</td><td>2</td>']) expect(html).toContain(part); // prettier-ignore
});

it('links the web and mail, which say where they lead, and nothing else', () => {
  expect(linksIn('[wiki](https://wiki.example/x) [me](mailto:a@b.example) see https://a.example/b?c=d. (http://e.example)')).toEqual([
    ['wiki', 'https://wiki.example/x'],
    ['me', 'mailto:a@b.example'],
    ['https://a.example/b?c=d', 'https://a.example/b?c=d'],
    ['http://e.example', 'http://e.example'],
  ]);
  const link = shown('[wiki](https://wiki.example)').querySelector('a')!;
  expect([link.rel, link.target, link.title]).toEqual(['noreferrer noopener nofollow', '_blank', 'https://wiki.example']);
  for (const address of ['javascript:alert', 'JaVaScRiPt:x', 'data:text/html,x', '//evil.example', '/leave', '#/x', 'https://', 'ftp://x.example', 'mailto:'])
    expect([address, linksIn(`[go](${address})`), shown(`[go](${address})`).textContent]).toEqual([address, [], `go (${address})`]); // prettier-ignore
});

it('makes no element of any text but its own, whatever somebody wrote', () => {
  const bits = ['<img src=x onerror=alert(1)>', '<script>', '</div>', '[a](', 'javascript:x', 'https://a.example', ')', '**', '_', '`', '```\n', '| - |', '\n', '> ', '- ', '![x](http://x.example/y.png)', '"', "'", '&lt;']; // prettier-ignore
  const own = new Set(['DIV', 'P', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'PRE', 'CODE', 'HR', 'BR', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'STRONG', 'EM', 'A']); // prettier-ignore
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 4 })), { maxLength: 12 }), (parts) => {
      const elements = [...shown(parts.join('')).querySelectorAll('*')];
      expect(elements.map(({ tagName }) => tagName).filter((name) => !own.has(name))).toEqual([]);
      for (const element of elements)
        for (const { name, value } of element.attributes) expect([name, name === 'href' ? /^(https?|mailto):/.test(value) : /^(class|rel|target|title|scope)$/.test(name)]).toEqual([name, true]); // prettier-ignore
    }),
    { numRuns: 60 },
  );
});
