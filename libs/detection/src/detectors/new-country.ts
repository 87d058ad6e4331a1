/** A key that has long been in use is called from a country from which it never was. A network that it is known from has not moved: the table of countries was corrected. */
import type { Detector, Memory } from '../detector';
import type { KeyView } from '../key-view';
import { DAY_MS, noteSuspect } from '../measures/rhythm';
import { beginNews, noveltyOf } from '../novelty';
import { find, isKnownToAll, isWanderer, placesOf } from '../places';
import { hours, ofKey, oneCall } from '../signs';

const name = 'newCountry';

export const newCountry: Detector = {
  name,
  observe(call, memory) {
    const { key } = memory;
    if (key === null || call.country === null) return;
    const novelty = noveltyOf(key, name, call.country);
    if (novelty === 'over' || (novelty === 'none' && !isNews(call.country, key, memory))) return;
    if (memory.norms.isAccepted(name, ofKey(key.id), call.country, 0)) return;
    if (novelty === 'none') beginNews(key, name, call.country);
    tell(key, call.country, memory);
  },
};

function isNews(country: string, key: KeyView, memory: Memory): boolean {
  const places = placesOf(key);
  if (!key.isSettled || find(places.countries, country) !== null) return false;
  const day = Math.floor(key.call.at / DAY_MS);
  const { wanderDays, wanderCountries } = memory.norms.settings[name];
  if (isWanderer(places.newCountries, day, { within: wanderDays, often: wanderCountries })) return false;
  if (key.network !== null && (find(places.networks, key.network) !== null || isKnownToAll(key.network, day, memory))) return false;
  if (key.call.ip !== null && memory.norms.hasNetwork(key.id, key.call.ip)) return false;
  return !memory.norms.hasCountry(key.id, country);
}

function tell(key: KeyView, country: string, { episodes }: Memory): void {
  noteSuspect(key.rhythm);
  const { countries } = placesOf(key);
  episodes.raise({
    ...oneCall(name, key),
    strand: country,
    severity: 'high',
    seen: { country, network: key.network },
    normal: { countries: countries.map(({ id }) => id).filter((id) => id !== country), learntDays: Math.floor((key.call.at - key.life.firstAt) / DAY_MS) },
    threshold: { countriesNotSeenBefore: 1 },
    filter: { apiKeyId: key.id, country },
    lesson: { what: country, upTo: null },
    quietMs: hours(24),
  }); // prettier-ignore
}
