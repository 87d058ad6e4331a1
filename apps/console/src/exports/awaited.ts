/**
 * Which exports somebody has asked for in this browser and not seen the end of: only ids, which open nothing. Apart from what shows them, so that a
 * page without any loads nothing and asks nothing.
 */
import { storedPreference, storePreference, usePreference } from '../elements/preferences';

const NAME = 'exports.awaited';
/** Somebody who starts more at once looks at the list. */
const most = 10;

const read = (stored: string | null): string[] => (stored ?? '').split(' ').filter((id) => /^exp_\w{26}$/.test(id));
const write = (ids: readonly string[]): void => storePreference(NAME, ids.length === 0 ? null : ids.slice(-most).join(' '));

export const awaitExport = (id: string): void => write([...read(storedPreference(NAME)), id]);
export const forgetExport = (id: string): void => write(read(storedPreference(NAME)).filter((one) => one !== id));

export const useAwaited = (): string[] => usePreference(NAME, read)[0];
