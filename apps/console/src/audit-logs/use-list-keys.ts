import { useEffect, useRef } from 'react';

export type KeyActions = { move: (step: 1 | -1) => void } & Record<
  'open' | 'close' | 'search' | 'select' | 'actions' | 'help',
  () => unknown
>;

const bindings: Record<string, (actions: KeyActions) => unknown> = {
  j: ({ move }) => move(1),
  k: ({ move }) => move(-1),
  Enter: ({ open }) => open(),
  Escape: ({ close }) => close(),
  '/': ({ search }) => search(),
  x: ({ select }) => select(),
  '.': ({ actions }) => actions(),
  '?': ({ help }) => help(),
};
export const shortcuts: readonly [keys: string, what: string][] = [
  ['j', 'Next row'],
  ['k', 'Previous row'],
  ['Enter', 'Open the row'],
  ['Esc', 'Close the panel, or select nothing'],
  ['x', 'Select the row'],
  ['.', 'Actions of the row'],
  ['/', 'Search'],
  ['Click a value', 'Only rows with it'],
  ['Alt + click a value', 'Without rows with it'],
  ['Ctrl K', 'Go to a page, find a request, a key, an address'],
  ['?', 'These shortcuts'],
];

/** Typing wins over shortcuts, and an open dialog or menu has the keyboard to itself. */
function isBusy(target: EventTarget | null, key: string): boolean {
  if (document.querySelector('[role="dialog"], [role="menu"]')) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]')) return true;
  return key === 'Enter' && target.closest('button, a') !== null;
}

export function useListKeys(actions: KeyActions): void {
  const current = useRef(actions);
  useEffect(() => {
    current.current = actions;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const act = bindings[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isBusy(event.target, event.key)) return;
      event.preventDefault();
      act(current.current);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
