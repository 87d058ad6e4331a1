import { styled } from '@mui/material/styles';
import type { LogField } from '@pinebill/contract';
import type { MouseEvent, ReactNode } from 'react';
import { escapeValue, except, only, type LogQuery } from './log-query';

const Value = styled('button')(({ theme }) => ({
  display: 'inline-block',
  maxWidth: '100%',
  padding: 0,
  border: 0,
  background: 'none',
  color: 'inherit',
  font: 'inherit',
  textAlign: 'left',
  verticalAlign: 'middle',
  whiteSpace: 'inherit',
  overflow: 'hidden',
  textOverflow: 'ellipsis',
  cursor: 'pointer',
  borderRadius: 4,
  '&:hover': { textDecoration: 'underline', textDecorationColor: theme.palette.tone.muted, textUnderlineOffset: 3 },
}));

export type FilterBy = (field: LogField, value: string, negated: boolean) => void;

export const filterBy =
  (query: LogQuery, setQuery: (next: LogQuery) => void): FilterBy =>
  (field, value, negated) =>
    setQuery((negated ? except : only)(query, field, escapeValue(value)));

/** A value that filters: a click shows only its rows, Alt and a click shows the others. */
export function Filterable({
  field,
  value,
  what,
  onFilter,
  children,
}: {
  field: LogField;
  value: string;
  /** In words; null: as it stands there. */
  what: string | null;
  onFilter: FilterBy;
  children: ReactNode;
}) {
  const click = (event: MouseEvent): void => {
    event.stopPropagation();
    event.preventDefault();
    onFilter(field, value, event.altKey);
  };
  return (
    <Value type="button" tabIndex={-1} onClick={click} {...(what === null ? { title: 'Only these' } : { 'aria-label': `Only ${what}` })}>
      {children}
    </Value>
  );
}
