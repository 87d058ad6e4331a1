/** From where a key is used: networks and countries, each with the days on which it was. Learnt after the detectors have looked. */
import type { Memory } from './detector';
import { cellOf, type KeyView } from './key-view';
import { DAY_MS } from './measures/rhythm';

/** `days`: on how many of them it was seen. */
export type Place = { id: string; firstDay: number; lastDay: number; days: number };
export type Places = {
  networks: Place[];
  countries: Place[];
  /** Days on which a network, or a country, was added: the latest ten. */
  newNetworks: number[];
  newCountries: number[];
};
const MOST_NETWORKS = 48;
const MOST_COUNTRIES = 24;

const newPlaces = (): Places => ({ networks: [], countries: [], newNetworks: [], newCountries: [] });
export const placesOf = (key: KeyView): Places => cellOf(key, 'places', newPlaces);

export const find = (places: readonly Place[], id: string): Place | null => places.find((place) => place.id === id) ?? null;

/** New ones are normal for it: so many within the last days. */
export function isWanderer(added: readonly number[], day: number, { within, often }: { within: number; often: number }): boolean {
  return added.filter((one) => day - one <= within).length >= often;
}

/** The organization knows a network from which it was called before this day. */
export function isKnownToAll(network: string, day: number, { subjects }: Memory): boolean {
  const since = subjects.peek('network', network)?.cells['since'];
  return typeof since === 'number' && since < day;
}

export function learnPlaces(key: KeyView, memory: Memory): void {
  const places = placesOf(key);
  const day = Math.floor(key.call.at / DAY_MS);
  if (key.network !== null && add(places.networks, key.network, day, MOST_NETWORKS))
    places.newNetworks = [...places.newNetworks, day].slice(-10);
  if (key.call.country !== null && add(places.countries, key.call.country, day, MOST_COUNTRIES))
    places.newCountries = [...places.newCountries, day].slice(-10);
  if (key.network !== null && memory.subjects.peek('network', key.network)?.cells['day'] !== day) {
    const { cells } = memory.subjects.part('network', key.network);
    cells['since'] ??= day;
    cells['day'] = day;
  }
}

/** True: it was not among them. A full list gives up what was used longest ago. */
function add(places: Place[], id: string, day: number, most: number): boolean {
  const known = find(places, id);
  if (known !== null) {
    if (day > known.lastDay) Object.assign(known, { lastDay: day, days: known.days + 1 });
    return false;
  }
  places.push({ id, firstDay: day, lastDay: day, days: 1 });
  if (places.length > most) {
    const oldest = places.reduce((a, b) => (b.lastDay < a.lastDay ? b : a));
    places.splice(places.indexOf(oldest), 1);
  }
  return true;
}
