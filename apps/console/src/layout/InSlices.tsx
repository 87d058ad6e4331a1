import { startTransition, useEffect, useState, type ReactNode } from 'react';

/**
 * Draws its children after what is around them, in slices of some milliseconds: the browser answers to whoever clicks or scrolls meanwhile. What an
 * answer of the server brings (react-query) is otherwise drawn in one piece, however large it is.
 */
export function InSlices({ children, before }: { children: ReactNode; before: ReactNode }) {
  const [isTurn, setTurn] = useState(false);
  useEffect(() => startTransition(() => setTurn(true)), []);
  return isTurn ? children : before;
}
