/**
 * How a person likes things shown: kept in this browser, for each person apart. Not in react-admin's store, which forgets everything at a sign-out.
 * What is stored was written by another version, or by hand: whoever reads it says what is valid.
 */
import { useCallback, useMemo, useSyncExternalStore } from 'react';

let owner = '';
const listeners = new Set<() => void>();
const tellAll = (): void => {
  for (const listener of listeners) listener();
};

/** Whose preferences hold from now on. */
export function preferencesOf(personId: string): void {
  if (owner === personId) return;
  owner = personId;
  tellAll();
}

const keyOf = (name: string): string => `pinebill.${owner}.${name}`;

/** As it was stored; null: nothing, or a browser that keeps nothing. */
export function storedPreference(name: string): string | null {
  try {
    return localStorage.getItem(keyOf(name));
  } catch {
    return null;
  }
}

export function storePreference(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), value);
  } catch {
    // A browser that keeps nothing: what was chosen holds for nothing, and nothing breaks.
  }
  tellAll();
}

/** Also when another tab has changed it. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** `read` makes a value of what is stored, or of null. It must be stable: defined outside of the component. */
export function usePreference<T>(name: string, read: (stored: string | null) => T): [T, (value: string | null) => void] {
  const stored = useSyncExternalStore(subscribe, () => storedPreference(name));
  const set = useCallback((value: string | null) => storePreference(name, value), [name]);
  return [useMemo(() => read(stored), [read, stored]), set];
}
