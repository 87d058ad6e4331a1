/** Shorter words for what most detectors say of a key. */
import type { Sign } from './episodes';
import type { KeyView } from './key-view';
import type { DetectorName } from '@pinebill/contract';
import { DAY_MS, HOUR_MS } from './measures/rhythm';

export const hours = (count: number): number => count * HOUR_MS;
export const days = (count: number): number => count * DAY_MS;
export const wholeDays = (ms: number): number => Math.floor(ms / DAY_MS);
export const rounded = (value: number): number => Math.round(value * 100) / 100;

export const ofKey = (id: string) => ({ kind: 'key', id }) as const;

/** One call of a key that is a sign by itself. */
export function oneCall(detector: DetectorName, key: KeyView): Pick<Sign, 'detector' | 'subject' | 'at' | 'from' | 'count' | 'ids'> {
  const { call, id } = key;
  return { detector, subject: ofKey(id), at: call.at, from: call.at, count: 1, ids: [call.id] };
}
