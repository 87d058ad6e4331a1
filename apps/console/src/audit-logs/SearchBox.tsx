import Search from '@mui/icons-material/SearchRounded';
import { styled } from '@mui/material/styles';
import { memo, useEffect, useId, useState, type KeyboardEvent, type RefObject } from 'react';
import { OfferList } from './OfferList';
import { completions, type KnownValues, type Offer } from './search-completion';
import { readSearch, writeSearch, type KeyNames } from './search-text';
import type { LogQuery } from './log-query';
import { mono } from '../theme';

const Box = styled('form')(({ theme }) => ({
  position: 'relative',
  flex: '1 1 320px',
  minWidth: 0,
  '& svg': { position: 'absolute', left: 10, top: 8, fontSize: 18, color: theme.palette.tone.muted, pointerEvents: 'none' },
  '& kbd': {
    position: 'absolute',
    right: 8,
    top: 7,
    padding: '0 6px',
    fontSize: 11,
    lineHeight: '18px',
    borderRadius: 4,
    border: `1px solid ${theme.palette.tone.line}`,
    color: theme.palette.tone.muted,
    pointerEvents: 'none',
  },
  '& input': {
    width: '100%',
    boxSizing: 'border-box',
    height: 34,
    padding: '0 36px 0 34px',
    borderRadius: 6,
    border: `1px solid ${theme.palette.tone.strongLine}`,
    background: theme.palette.tone.page,
    color: theme.palette.tone.text,
    fontFamily: mono,
    fontSize: 13,
    '&::placeholder': { color: theme.palette.tone.muted, opacity: 1 },
    '&:focus': { outline: `2px solid ${theme.palette.tone.accent}`, outlineOffset: -1 },
    '&:focus + kbd': { display: 'none' },
    '@media (pointer: coarse)': { height: 40, fontSize: 16 },
    '@media (max-width: 640px)': { paddingRight: 10 },
  },
  '@media (max-width: 640px)': { '& kbd': { display: 'none' } },
  '& p': { margin: '6px 2px 0', fontSize: 12, lineHeight: '16px', color: theme.palette.tone.status.client.text },
}));

type Props = {
  query: LogQuery;
  setQuery: (next: LogQuery) => void;
  keys: KeyNames;
  /** Of what is in view at the moment; asked while somebody types. */
  known: () => KnownValues;
  inputRef: RefObject<HTMLInputElement | null>;
};

/** Offers for the term at the caret: arrows choose one, Enter or Tab takes it, Esc closes the list. */
function useOffers(text: string, known: () => KnownValues) {
  const [caret, setCaret] = useState<number | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const offers = caret === null ? [] : completions(text, caret, known());
  const at = chosen !== null && chosen < offers.length ? chosen : null;
  return {
    offers,
    chosen: at,
    choose: setChosen,
    look: (next: number | null) => {
      setCaret(next);
      setChosen(null);
    },
    /** Round and round, with nothing chosen between the last and the first. */
    step: (by: 1 | -1) => {
      const next = (at ?? (by === 1 ? -1 : offers.length)) + by;
      setChosen(next < 0 || next >= offers.length ? null : next);
    },
  };
}

/** The filter as text. It follows the chips until somebody types; Enter applies, Esc puts back what is in force. */
export const SearchBox = memo(function SearchBox({ query, setQuery, keys, known, inputRef }: Props) {
  const inForce = writeSearch(query.fields, keys);
  const [text, setText] = useState(inForce);
  const [trouble, setTrouble] = useState<readonly string[]>([]);
  const [troubleId, listId] = [useId(), useId()];
  const { offers, chosen, choose, look, step } = useOffers(text, known);
  useEffect(() => {
    setText(inForce);
    setTrouble([]);
  }, [inForce]);
  const apply = (): void => {
    look(null);
    const understood = readSearch(text, keys);
    setTrouble(understood.trouble);
    if (understood.trouble.length === 0) setQuery({ ...query, fields: understood.fields });
  };
  const take = ({ result, caret }: Offer): void => {
    setText(result);
    look(result.endsWith(' ') && caret === result.length ? null : caret);
    // After the text is there.
    requestAnimationFrame(() => inputRef.current?.setSelectionRange(caret, caret));
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    const offer = chosen === null ? undefined : offers[chosen];
    const acts: Record<string, (() => void) | false | undefined> = {
      ArrowDown: offers.length > 0 ? () => step(1) : () => look(event.currentTarget.selectionStart),
      ArrowUp: offers.length > 0 && (() => step(-1)),
      Enter: offer && (() => take(offer)),
      Tab: offer && (() => take(offer)),
      Escape: offers.length > 0 && (() => look(null)),
    };
    const act = acts[event.key];
    if (act) {
      event.preventDefault();
      act();
    } else if (event.key === 'Escape') {
      setText(inForce);
      setTrouble([]);
      event.currentTarget.blur();
    }
  };
  return (
    <Box
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <Search aria-hidden />
      <input
        ref={inputRef}
        type="text"
        inputMode="search"
        spellCheck={false}
        autoComplete="off"
        role="combobox"
        aria-label="Search API logs"
        aria-invalid={trouble.length > 0}
        aria-describedby={troubleId}
        aria-autocomplete="list"
        aria-expanded={offers.length > 0}
        aria-controls={listId}
        {...(chosen === null ? {} : { 'aria-activedescendant': `${listId}-${chosen}` })}
        placeholder={'status:4xx -method:GET path:/v1/invoices* key:"Production API"'}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          look(target.selectionStart);
        }}
        onClick={({ currentTarget }) => look(currentTarget.selectionStart)}
        onBlur={() => look(null)}
        onKeyDown={press}
      />
      <kbd aria-hidden>/</kbd>
      <OfferList id={listId} offers={offers} chosen={chosen} onHover={choose} onTake={take} />
      <div id={troubleId} role="status">
        {trouble.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </Box>
  );
});
