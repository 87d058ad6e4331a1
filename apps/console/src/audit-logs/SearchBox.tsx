import Search from '@mui/icons-material/SearchRounded';
import { styled } from '@mui/material/styles';
import { useEffect, useId, useState, type Ref } from 'react';
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

type Props = { query: LogQuery; setQuery: (next: LogQuery) => void; keys: KeyNames; inputRef: Ref<HTMLInputElement> };

/** The filter as text. It follows the chips until somebody types; Enter applies, Esc puts back what is in force. */
export function SearchBox({ query, setQuery, keys, inputRef }: Props) {
  const inForce = writeSearch(query.fields, keys);
  const [text, setText] = useState(inForce);
  const [trouble, setTrouble] = useState<readonly string[]>([]);
  const troubleId = useId();
  useEffect(() => {
    setText(inForce);
    setTrouble([]);
  }, [inForce]);
  const apply = (): void => {
    const understood = readSearch(text, keys);
    setTrouble(understood.trouble);
    if (understood.trouble.length === 0) setQuery({ ...query, fields: understood.fields });
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
        aria-label="Search API logs"
        aria-invalid={trouble.length > 0}
        aria-describedby={troubleId}
        placeholder={'status:4xx -method:GET path:/v1/invoices* key:"Production API"'}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            setText(inForce);
            setTrouble([]);
            event.currentTarget.blur();
          }
        }}
      />
      <kbd aria-hidden>/</kbd>
      <div id={troubleId} role="status">
        {trouble.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </Box>
  );
}
