/** Rows that come in above push the others down: these are seen to move, instead of jumping from under the reader's eyes. */
import { useLayoutEffect, useRef, type RefObject } from 'react';
import { slideDown, slides } from '../elements/slide-down';

/** Only rows that were put before what was the first one slide in; another list stands there at once. */
export function useSlide(rows: readonly { id: string }[]): RefObject<HTMLTableSectionElement | null> {
  const body = useRef<HTMLTableSectionElement>(null);
  const before = useRef<string | null>(null);
  const first = rows[0]?.id ?? null;
  useLayoutEffect(() => {
    const was = before.current;
    before.current = first;
    if (was === null || was === first || !body.current || !slides(body.current)) return;
    const [top] = body.current.rows;
    const old = body.current.querySelector<HTMLElement>(`tr[data-row="${CSS.escape(was)}"]`);
    if (!top || !old) return;
    const pushed = old.offsetTop - top.offsetTop;
    if (pushed <= 0 || pushed > innerHeight) return;
    slideDown(body.current, pushed);
  }, [first]);
  return body;
}
