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
  observe({ country }, memory) {
    const { key } = memory;
    if (key === null || country === null) return;
    if (isOutside(country, key, memory)) tell(key, country, memory, memory.norms.approvedCountries(key.id));
    else asLearnt(country, key, memory);
  },
};

function asLearnt(country: string, key: KeyView, memory: Memory): void {
  const novelty = noveltyOf(key, name, country);
  if (novelty === 'over' || (novelty === 'none' && !isNews(country, key, memory))) return;
  if (memory.norms.isAccepted(name, ofKey(key.id), country, 0)) return;
  if (novelty === 'none' && key.isTeaching) beginNews(key, name, country);
  tell(key, country, memory);
}

/** Somebody has said from which countries it is used: nothing has to be learnt for that. A network that was approved may be anywhere. */
const isOutside = (country: string, { id, call }: KeyView, { norms }: Memory): boolean =>
  norms.isOutsideCountries(id, country) && !(call.ip !== null && norms.hasNetwork(id, call.ip));

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

function tell(key: KeyView, country: string, { episodes, norms }: Memory, approved: readonly string[] = []): void {
  if (norms.isAccepted(name, ofKey(key.id), country, 0)) return;
  noteSuspect(key.rhythm);
  const { countries } = placesOf(key);
  episodes.raise({
    ...oneCall(name, key),
    strand: country,
    severity: 'high',
    seen: { country, network: key.network },
    normal: approved.length > 0 ? { approvedCountries: approved.slice(0, 20) } : { countries: countries.map(({ id }) => id).filter((id) => id !== country), learntDays: Math.floor((key.call.at - key.life.firstAt) / DAY_MS) },
    threshold: approved.length > 0 ? { countriesNotApproved: 1 } : { countriesNotSeenBefore: 1 },
    filter: { apiKeyId: key.id, country },
    lesson: { what: country, upTo: null },
    quietMs: hours(24),
  }); // prettier-ignore
}
