import { styled } from '@mui/material/styles';

/**
 * The table of every list: hairlines, rows of 36 px, a head that stays. Below 600 px of its own width each row becomes a small card, with
 * the first cell as its headline and the others labelled by their column (`data-label`).
 */
const Scroll = styled('div')({ containerType: 'inline-size', width: '100%', '&[data-wide]': { overflowX: 'auto' } });
type TableProps = { cardsBelow: number; dense: boolean };
const Table = styled('table', { shouldForwardProp: (name) => name !== 'cardsBelow' && name !== 'dense' })<TableProps>((props) => {
  const { theme, cardsBelow, dense } = props;
  const { line, muted, hover, selected, page } = theme.palette.tone;
  return {
    width: '100%',
    borderCollapse: 'separate',
    borderSpacing: 0,
    fontSize: 13,
    lineHeight: '20px',
    '& th': {
      position: 'sticky',
      top: 0,
      zIndex: 1,
      background: page,
      color: muted,
      fontSize: 12,
      fontWeight: 500,
      textAlign: 'left',
      height: 32,
      padding: '0 12px',
      borderBottom: `1px solid ${line}`,
      whiteSpace: 'nowrap',
    },
    '& td': {
      height: dense ? 28 : 36,
      padding: '0 12px',
      borderBottom: `1px solid ${line}`,
      whiteSpace: 'nowrap',
      maxWidth: 0,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
    },
    '& th:first-of-type, & td:first-of-type': { paddingLeft: 8 },
    '& .number': { textAlign: 'right' },
    '& .fit': { width: '1%', maxWidth: 'none' },
    '& .wrap': { whiteSpace: 'normal', paddingBlock: 7 },
    '& tbody tr:hover > td': { background: hover },
    '& tbody tr[aria-selected="true"] > td': { background: selected },
    '& tbody tr[data-opens]': { cursor: 'pointer' },
    '& tr[data-skeleton] i': { display: 'block', maxWidth: '100%', height: 8, borderRadius: 4, background: line },
    '@container (max-width: 960px)': { '& tr[data-skeleton] > .ip, & tr[data-skeleton] > .ms': { display: 'none' } },
    [`@container (max-width: ${cardsBelow}px)`]: {
      '& tbody tr:hover': { background: hover },
      '& tbody tr[aria-selected="true"]': { background: selected },
      '& tbody tr:hover > td, & tbody tr[aria-selected="true"] > td': { background: 'none' },
      '&, & tbody': { display: 'block' },
      '& thead': { position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' },
      '& tbody tr': {
        position: 'relative',
        display: 'grid',
        gridTemplateColumns: 'minmax(0, 1fr)',
        gap: 2,
        padding: dense ? '5px 8px' : '10px 8px',
        borderBottom: `1px solid ${line}`,
      },
      // The widths of columns stand in the cells; a card has none.
      '& tbody tr > td, & td.fit': {
        display: 'flex',
        gap: 8,
        alignItems: 'baseline',
        height: 'auto',
        width: 'auto !important',
        padding: '0 !important',
        border: 0,
        maxWidth: 'none',
        textAlign: 'left',
        whiteSpace: 'normal',
        overflowWrap: 'anywhere',
      },
      '& tbody td:first-of-type': { fontWeight: 500, paddingRight: '40px !important' },
      '& tbody td.number': { textAlign: 'left' },
      '& tbody td.actions': { position: 'absolute', top: 6, right: 0 },
      '& tbody td[data-label]::before': { content: 'attr(data-label)', flex: '0 0 88px', color: muted, fontSize: 12 },
    },
  };
});

type Props = {
  label: string;
  /** These rows answer an earlier question; the new answer is on its way. */
  stale?: boolean;
  /** A name and a few short numbers: stays a table in half the width. */
  compact?: boolean;
  /** Rows of 28 px. */
  dense?: boolean;
  /** More columns than fit: they scroll, and the head no longer stays. */
  wide?: boolean;
  /** Room kept below the rows, in px. */
  below?: number;
  children: React.ReactNode;
};

export function DataTable({ label, stale = false, compact = false, dense = false, wide = false, below = 0, children }: Props) {
  return (
    // What scrolls must be reached by keyboard.
    <Scroll
      style={below > 0 ? { paddingBottom: below } : {}}
      {...(wide ? { 'data-wide': true, tabIndex: 0, role: 'region', 'aria-label': `${label}, scrolls sideways` } : {})}
    >
      {/* Cards undo the table's own semantics in some browsers; the role brings them back. */}
      <Table
        role="table"
        aria-label={label}
        aria-busy={stale}
        cardsBelow={compact ? 420 : 600}
        dense={dense}
        style={stale ? { opacity: 0.5 } : undefined}
      >
        {children}
      </Table>
    </Scroll>
  );
}

/** A column of the skeleton: the width of its bar, or that and the class of its cells, where classes decide how wide a column is. */
type SkeletonColumn = number | readonly [width: number, className: string];

/** Rows in their final shape while the first answer is on its way. */
export function SkeletonRows({ rows, columns }: { rows: number; columns: readonly SkeletonColumn[] }) {
  return (
    <tbody aria-hidden>
      {Array.from({ length: rows }, (_, row) => (
        <tr key={row} data-skeleton>
          {columns.map((column, index) => {
            const [width, className] = typeof column === 'number' ? [column, ''] : column;
            const bar = className.includes('fit') ? width : Math.max(24, width - ((row * 13 + index * 29) % 34));
            return (
              <td key={index} className={className}>
                <i style={{ width: bar, marginLeft: className.includes('number') ? 'auto' : undefined }} />
              </td>
            );
          })}
        </tr>
      ))}
    </tbody>
  );
}
