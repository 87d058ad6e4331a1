/** What people wrote, as the reports show it. Elements are made of it and never HTML, so nothing in it can act; only the web and mail are links. */
import { styled } from '@mui/material/styles';
import { inWords, parseMarkdown, type Block, type Linked, type Span } from '@pinebill/contract';
import { Fragment, useMemo, type ReactNode } from 'react';
import { mono } from '../theme';

const Text = styled('div')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 6,
  overflowWrap: 'anywhere',
  // Marks that turn the direction of writing end with the text.
  unicodeBidi: 'isolate',
  '& p, & ul, & ol, & blockquote, & pre': { margin: 0 },
  '& ul, & ol': { paddingLeft: 20 },
  '& ul': { listStyle: 'disc' },
  '& ol': { listStyle: 'decimal' },
  '& blockquote': { paddingLeft: 10, borderLeft: `2px solid ${theme.palette.tone.line}`, color: theme.palette.tone.secondary },
  '& code': { fontFamily: mono, fontSize: '0.92em', background: theme.palette.tone.rail, borderRadius: 4, padding: '1px 4px' },
  '& pre': { background: theme.palette.tone.rail, borderRadius: 6, padding: '8px 10px', whiteSpace: 'pre-wrap' },
  '& pre code': { background: 'none', padding: 0 },
  '& hr': { width: '100%', margin: '2px 0', border: 0, borderTop: `1px solid ${theme.palette.tone.line}` },
  '& table': { borderCollapse: 'collapse', width: 'fit-content', maxWidth: '100%' },
  '& th, & td': { border: `1px solid ${theme.palette.tone.line}`, padding: '3px 8px', textAlign: 'left', verticalAlign: 'top' },
  '& th': { fontWeight: 600 },
}));

const isWeb = (address: string): boolean => /^https?:\/\//i.test(address) && URL.canParse(address);
const mayLink = (address: string): boolean => isWeb(address) || /^mailto:[^\s@]+@[^\s@]+$/i.test(address);

/** Anything else stays in words: its text, and where it would have led. */
export const linkedSafely: Linked = (spans, address) =>
  mayLink(address) && spans.some(({ text }) => text.trim() !== '')
    ? spans.map((span) => ({ ...span, href: address }))
    : inWords(spans, address);

/** Without the mark that ends a sentence, or the bracket around it. */
const webAddress = /(https?:\/\/[^\s<>"'`|\\^{}]*[^\s<>"'`|\\^{}.,;:!?)\]*_])/gi;

function Link({ href, children }: { href: string; children: ReactNode }) {
  return (
    // The address is seen before it is followed, whatever the text says.
    <a href={href} target="_blank" rel="noreferrer noopener nofollow" title={href}>
      {children}
    </a>
  );
}

/** Addresses that somebody pasted. */
const pasted = (text: string): ReactNode =>
  text
    .split(webAddress)
    .map((part, index) => <Fragment key={index}>{index % 2 === 1 && isWeb(part) ? <Link href={part}>{part}</Link> : part}</Fragment>);

const styles = {
  plain: (text) => text,
  bold: (text) => <strong>{text}</strong>,
  italic: (text) => <em>{text}</em>,
  code: (text) => <code>{text}</code>,
} satisfies Record<Span['style'], (text: ReactNode) => ReactNode>;

function Spans({ spans }: { spans: readonly Span[] }) {
  return spans.map(({ text, style, href }, index) => {
    const shown = styles[style](href === undefined && style !== 'code' ? pasted(text) : text);
    return <Fragment key={index}>{href === undefined ? shown : <Link href={href}>{shown}</Link>}</Fragment>;
  });
}

const Lines = ({ lines }: { lines: readonly (readonly Span[])[] }) =>
  lines.map((spans, index) => (
    <Fragment key={index}>
      {index > 0 && <br />}
      <Spans spans={spans} />
    </Fragment>
  ));

const Items = ({ items }: { items: readonly (readonly Span[])[] }) =>
  items.map((spans, index) => (
    <li key={index}>
      <Spans spans={spans} />
    </li>
  ));

type Of<Kind extends Block['kind']> = Extract<Block, { kind: Kind }>;
const blocks: { [Kind in Block['kind']]: (block: Of<Kind>) => ReactNode } = {
  // Not a heading of the page.
  heading: ({ spans }) => (
    <p>
      <strong>
        <Spans spans={spans} />
      </strong>
    </p>
  ),
  paragraph: ({ lines }) => (
    <p>
      <Lines lines={lines} />
    </p>
  ),
  list: ({ ordered, items }) => (ordered ? <ol>{<Items items={items} />}</ol> : <ul>{<Items items={items} />}</ul>),
  quote: ({ lines }) => (
    <blockquote>
      <Lines lines={lines} />
    </blockquote>
  ),
  code: ({ lines }) => (
    <pre>
      <code>{lines.join('\n')}</code>
    </pre>
  ),
  table: ({ columns, rows }) => (
    <table>
      <thead>
        <tr>
          {columns.map(({ title }, index) => (
            <th key={index} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, row) => (
          <tr key={row}>
            {cells.map((lines, index) => (
              <td key={index}>
                <Lines lines={lines} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  ),
  rule: () => <hr />,
};

export function Markdown({ text }: { text: string }) {
  const read = useMemo(() => parseMarkdown(text, linkedSafely), [text]);
  return (
    <Text>
      {read.map((block, index) => (
        <Fragment key={index}>{(blocks[block.kind] as (block: Block) => ReactNode)(block)}</Fragment>
      ))}
    </Text>
  );
}
