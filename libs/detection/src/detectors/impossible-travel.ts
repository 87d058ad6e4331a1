/**
 * One key in two countries between which nobody gets in that time. Where it is at home in both (it was used from both on several days), two programs
 * use it: that is how it is run. Distances are between the nearest points of two circles that stand for the countries.
 */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { kilometresBetween } from '../measures/country-distance';
import { DAY_MS, HOUR_MS, noteSuspect } from '../measures/rhythm';
import { find, isKnownToAll, type Places, placesOf } from '../places';
import { hours, ofKey, oneCall, rounded } from '../signs';

const name = 'impossibleTravel';
type Stay = { country: string; at: number; id: string };
type Kept = { stays: Stay[] };
type Travel = { from: Stay; kilometres: number; speed: number };

export const impossibleTravel: Detector = {
  name,
  observe(call, memory) {
    const { key } = memory;
    if (key === null || call.country === null) return;
    const kept = cellOf<Kept>(key, name, () => ({ stays: [] }));
    const last = kept.stays.at(-1);
    if (last?.country === call.country && kept.stays.length === 1) {
      stay(last, call);
      return;
    }
    const travel = key.isSettled ? travelTo(call, kept, key, memory) : null;
    if (travel !== null) tell(key, call.country, travel, memory);
    move(kept, call, call.country);
  },
};

function stay(last: Stay, call: Call): void {
  if (call.at >= last.at) Object.assign(last, { at: call.at, id: call.id });
}

/** The last three countries, each with its latest call. */
function move(kept: Kept, call: Call, country: string): void {
  const here = kept.stays.find((one) => one.country === country) ?? { country, at: call.at, id: call.id };
  stay(here, call);
  kept.stays = [...kept.stays.filter((one) => one !== here && call.at - one.at < DAY_MS), here].slice(-3);
}

function travelTo(call: Call, { stays }: Kept, key: KeyView, memory: Memory): Travel | null {
  const { kilometresPerHour, kilometres: far } = memory.norms.settings[name];
  const places = placesOf(key);
  const day = Math.floor(call.at / DAY_MS);
  const here = call.country ?? '';
  for (const from of stays) {
    if (from.country === here || (isHome(places, from.country, day) && isHome(places, here, day))) continue;
    const kilometres = kilometresBetween(from.country, here) ?? 0;
    // Within a minute clocks differ.
    const speed = kilometres / (Math.max(60_000, Math.abs(call.at - from.at)) / HOUR_MS);
    if (kilometres >= far && speed > kilometresPerHour && !isMislabelled(key, day, memory)) return { from, kilometres, speed };
  }
  return null;
}

function isHome({ countries }: Places, country: string, day: number): boolean {
  const place = find(countries, country);
  return place !== null && (place.days >= 3 || day - place.firstDay >= 14);
}

/** A network that was known before has not moved; and what a person approved is no news. */
function isMislabelled(key: KeyView, day: number, memory: Memory): boolean {
  const { call, network, id } = key;
  if (call.country !== null && memory.norms.hasCountry(id, call.country)) return true;
  if (call.ip !== null && memory.norms.hasNetwork(id, call.ip)) return true;
  if (network === null) return false;
  const known = find(placesOf(key).networks, network);
  return (known !== null && day - known.firstDay >= 3) || isKnownToAll(network, day - 3, memory);
}

function tell(key: KeyView, country: string, { from, kilometres, speed }: Travel, { episodes, norms }: Memory): void {
  noteSuspect(key.rhythm);
  const pair = [from.country, country].sort().join('-');
  if (norms.isAccepted(name, ofKey(key.id), pair, 0)) return;
  episodes.raise({
    ...oneCall(name, key),
    from: Math.min(from.at, key.call.at),
    strand: pair,
    count: 2,
    ids: [from.id, key.call.id],
    severity: 'high',
    seen: { countries: [from.country, country], kilometres: Math.round(kilometres), minutes: rounded(Math.abs(key.call.at - from.at) / 60_000), kilometresPerHour: Math.round(speed) },
    normal: { countries: placesOf(key).countries.filter(({ days }) => days >= 3).map(({ id }) => id) },
    threshold: { kilometresPerHour: norms.settings[name].kilometresPerHour, kilometres: norms.settings[name].kilometres },
    filter: { apiKeyId: key.id, country: `${from.country},${country}` },
    lesson: { what: pair, upTo: null },
    quietMs: hours(24),
  }); // prettier-ignore
}
