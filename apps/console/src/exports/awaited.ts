/**
 * Which exports somebody has asked for in this browser and not seen the end of: only ids, which open nothing. Apart from what shows them, so that a
 * page without any loads nothing and asks nothing.
 */
import { useSyncExternalStore } from 'react';

const name = 'pinebill.awaitedExports';
const changed = 'pinebill:awaited-exports';
/** Somebody who starts more at once looks at the list. */
const most = 10;

function read(): string {
  try {
    return localStorage.getItem(name) ?? '';
  } catch {
    return ''; // storage is switched off: the list of exports and the mail are there all the same
  }
}

const idsOf = (text: string): string[] => text.split(' ').filter((id) => /^exp_\w{26}$/.test(id));

function write(ids: readonly string[]): void {
  try {
    if (ids.length === 0) localStorage.removeItem(name);
    else localStorage.setItem(name, ids.slice(-most).join(' '));
  } catch {
    return;
  }
  window.dispatchEvent(new Event(changed));
}

export const awaitExport = (id: string): void => write([...idsOf(read()), id]);
export const forgetExport = (id: string): void => write(idsOf(read()).filter((one) => one !== id));

function subscribe(listener: () => void): () => void {
  const events = ['storage', changed];
  events.forEach((event) => window.addEventListener(event, listener));
  return () => events.forEach((event) => window.removeEventListener(event, listener));
}

export const useAwaited = (): string[] => idsOf(useSyncExternalStore(subscribe, read));
