import { styled } from '@mui/material/styles';
import { mono } from '../theme';
import type { Offer } from './search-completion';

const List = styled('ul')(({ theme }) => ({
  position: 'absolute',
  zIndex: 10,
  top: 38,
  left: 0,
  right: 0,
  maxWidth: 520,
  maxHeight: 320,
  overflowY: 'auto',
  margin: 0,
  padding: 4,
  listStyle: 'none',
  borderRadius: 8,
  border: `1px solid ${theme.palette.tone.line}`,
  background: theme.palette.tone.page,
  boxShadow: '0 12px 32px -12px rgba(5, 20, 14, 0.35)',
  '&:empty': { display: 'none' },
  '& li': {
    display: 'flex',
    alignItems: 'baseline',
    gap: 12,
    padding: '5px 8px',
    borderRadius: 6,
    fontFamily: mono,
    fontSize: 13,
    lineHeight: '20px',
    cursor: 'pointer',
    overflowWrap: 'anywhere',
    '@media (pointer: coarse)': { padding: '10px 8px' },
  },
  '& li[aria-selected="true"]': { background: theme.palette.tone.selected },
  '& small': {
    marginLeft: 'auto',
    whiteSpace: 'nowrap',
    fontFamily: theme.typography.fontFamily,
    fontSize: 12,
    color: theme.palette.tone.muted,
  },
}));

type Props = {
  id: string;
  offers: readonly Offer[];
  chosen: number | null;
  onHover: (index: number) => void;
  onTake: (offer: Offer) => void;
};

/** The input keeps the focus: what is pressed here must not take it. */
export function OfferList({ id, offers, chosen, onHover, onTake }: Props) {
  return (
    <List id={id} role="listbox" aria-label="What can be searched for">
      {offers.map((offer, index) => (
        <li
          key={offer.result}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          onMouseDown={(event) => event.preventDefault()}
          onMouseMove={() => onHover(index)}
          onClick={() => onTake(offer)}
        >
          {offer.text}
          <small>{offer.hint}</small>
        </li>
      ))}
    </List>
  );
}
