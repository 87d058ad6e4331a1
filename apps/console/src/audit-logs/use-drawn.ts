/** Fifty rows are the most of the work of a list: those of the first screen are drawn at once, the others a few at a time, and between them the page answers. */
import { startTransition, useEffect, useState } from 'react';

const AT_ONCE = 10;
const EACH_TIME = 8;

export function useDrawn<Row>(rows: readonly Row[]): readonly Row[] {
  const [count, setCount] = useState(AT_ONCE);
  useEffect(() => {
    if (count >= rows.length) return undefined;
    const timer = setTimeout(() => startTransition(() => setCount(count + EACH_TIME)));
    return () => clearTimeout(timer);
  }, [count, rows.length]);
  return count >= rows.length ? rows : rows.slice(0, count);
}
