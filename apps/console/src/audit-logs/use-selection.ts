import { useCallback, useMemo, useState } from 'react';

/** So many rows an incident takes at once. */
export const MOST_SELECTED = 200;

export type RowSelection = { ids: ReadonlySet<string> | null; toggle: (id: string) => void; begin: () => void; clear: () => void };

/** Rows that somebody picks out, across filters and pages. Null until the first: a list that nobody selects in has no boxes. */
export function useSelection(): RowSelection {
  const [ids, setIds] = useState<ReadonlySet<string> | null>(null);
  // Stable: rows that stay as they are must not be drawn again.
  const toggle = useCallback(
    (id: string) =>
      setIds((before) => {
        const next = new Set(before);
        if (!next.delete(id) && next.size < MOST_SELECTED) next.add(id);
        return next;
      }),
    [],
  );
  const begin = useCallback(() => setIds(new Set()), []);
  const clear = useCallback(() => setIds(null), []);
  return useMemo(() => ({ ids, toggle, begin, clear }), [ids, toggle, begin, clear]);
}
