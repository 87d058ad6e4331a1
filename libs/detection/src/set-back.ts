/** Time stood ahead of what is (a clock that jumped), and is put right: nothing that is remembered may lie in the future, or what comes now would be too late for it. */
import type { Memory } from './detector';
import type { Life } from './key-view';
import { DAY_MS, HOUR_MS, newHistory, newRhythm, type Rhythm } from './measures/rhythm';
import { ofKey } from './signs';

/** What is known of a key, and no count of the last hours. */
const ofKeys = ['life', 'rhythm', 'places', 'sensitiveFirstUse'];
const ofNetworks = ['since', 'day'];

export function setBack(memory: Memory, until: number): void {
  const { subjects, episodes } = memory;
  for (const kind of ['address', 'fingerprint', 'organization'] as const) subjects.forgetCells(kind, []);
  subjects.forgetCells('network', ofNetworks);
  subjects.forgetCells('key', ofKeys);
  for (const [id, { cells }] of subjects.all('key')) {
    const life = cells['life'] as Life | undefined;
    if (life === undefined) continue;
    // Whoever was missed in a time that has not come yet is not missed.
    episodes.end({ detector: 'silence', subject: ofKey(id), strand: '' });
    Object.assign(life, { firstAt: Math.min(life.firstAt, until), lastAt: Math.min(life.lastAt, until) });
    const ahead = (cells['rhythm'] as Rhythm).hour - Math.floor(until / HOUR_MS);
    if (ahead <= 0) continue;
    cells['rhythm'] = newRhythm(until);
    // Hours that never were have taken the place of those that were learnt.
    if (ahead * HOUR_MS > DAY_MS) subjects.part('history', id).cells['hours'] = newHistory(until);
  }
  episodes.setBack(until);
  memory.until = until;
}
