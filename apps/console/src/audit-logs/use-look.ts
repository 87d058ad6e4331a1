/** Which columns the list has and how high its rows are: of the saved view that is open, else as the reader likes it in this browser. */
import { defaultLogListColumns, logDensities, type LogDensity, type LogListColumn } from '@pinebill/contract';
import { useMemo } from 'react';
import { usePreference } from '../elements/preferences';
import { readColumns, type LogQuery } from './log-query';

const readDensity = (stored: string | null): LogDensity => logDensities.find((one) => one === stored) ?? 'comfortable';
const readOwnColumns = (stored: string | null): readonly LogListColumn[] => readColumns(stored) ?? defaultLogListColumns;

export type Look = { columns: readonly LogListColumn[]; density: LogDensity };
export type LookActions = {
  /** Null: as in the beginning. */
  setColumns: (columns: readonly LogListColumn[] | null) => void;
  setDensity: (density: LogDensity) => void;
};

/** While a view says how it looks, a choice changes what is shown of the view; the reader's own liking stays. */
export function useLook(query: LogQuery, setQuery: (next: LogQuery) => void): Look & LookActions {
  const [ownColumns, keepColumns] = usePreference('logs.columns', readOwnColumns);
  const [ownDensity, keepDensity] = usePreference('logs.density', readDensity);
  return useMemo(
    () => ({
      columns: query.columns ?? ownColumns,
      density: query.density ?? ownDensity,
      setColumns: (columns) =>
        query.columns === null
          ? keepColumns(columns?.join(',') ?? null)
          : setQuery({ ...query, columns: columns ?? defaultLogListColumns }),
      setDensity: (density) => (query.density === null ? keepDensity(density) : setQuery({ ...query, density })),
    }),
    [query, setQuery, ownColumns, ownDensity, keepColumns, keepDensity],
  );
}
