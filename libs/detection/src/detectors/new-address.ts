/**
 * A key that has long been in use is called from a network from which the organization never was. The finding is about the network, so a new office
 * is one finding, with the keys that are used there. Keys whose networks change all the time (mobile, serverless) are let alone in their countries.
 */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import type { KeyView } from '../key-view';
import { DAY_MS } from '../measures/rhythm';
import { beginNews, noveltyOf } from '../novelty';
import { find, isWanderer, placesOf } from '../places';
import { hours, oneCall } from '../signs';

const name = 'newAddress';
/** Of the network: the keys that were used from it. */
type Kept = { keys: string[] };

export const newAddress: Detector = {
  name,
  observe(call, memory) {
    if (memory.key !== null && memory.key.network !== null) from(call, memory.key, memory.key.network, memory);
  },
};

function from(call: Call, key: KeyView, network: string, memory: Memory): void {
  const subject = { kind: 'network', id: network } as const;
  if (call.ip !== null && isOutside(call, call.ip, key, memory)) {
    if (!memory.norms.isAccepted(name, subject, '*', 0)) tell(key, network, memory, memory.norms.approvedNetworks(key.id));
    return;
  }
  const novelty = noveltyOf(key, name, network);
  if (novelty === 'over' || (novelty === 'none' && !isNews(call, key, network, memory))) return;
  if (memory.norms.isAccepted(name, subject, '*', 0)) return;
  if (novelty === 'none' && key.isTeaching) beginNews(key, name, network);
  tell(key, network, memory);
}

/** Somebody has said from where it is used: nothing has to be learnt for that. A country that nobody has named says more. */
const isOutside = (call: Call, ip: string, { id }: KeyView, { norms }: Memory): boolean =>
  norms.isOutsideNetworks(id, ip) && !(call.country !== null && norms.isOutsideCountries(id, call.country));

function isNews(call: Call, key: KeyView, network: string, memory: Memory): boolean {
  const places = placesOf(key);
  if (!key.isSettled || find(places.networks, network) !== null) return false;
  // A country that is new says more: newCountry.
  if (call.country !== null && find(places.countries, call.country) === null) return false;
  const { wanderDays, wanderNetworks } = memory.norms.settings[name];
  const day = Math.floor(call.at / DAY_MS);
  if (isWanderer(places.newNetworks, day, { within: wanderDays, often: wanderNetworks })) return false;
  if (call.ip !== null && memory.norms.hasNetwork(key.id, call.ip)) return false;
  const isOpen = memory.episodes.isOpen({ detector: name, subject: { kind: 'network', id: network }, strand: '' }, call.at);
  // Known is also what another key was used from today, unless that is the finding.
  return isOpen || memory.subjects.peek('network', network)?.cells['since'] === undefined;
}

function tell(key: KeyView, network: string, memory: Memory, approved: readonly string[] = []): void {
  const kept = memory.cell<Kept>('network', network, name, () => ({ keys: [] }));
  if (!kept.keys.includes(key.id) && kept.keys.length < 20) kept.keys.push(key.id);
  const { networks } = placesOf(key);
  memory.episodes.raise({
    ...oneCall(name, key),
    subject: { kind: 'network', id: network },
    strand: '',
    severity: 'medium',
    seen: { network, country: key.call.country, keys: [...kept.keys] },
    normal: approved.length > 0 ? { approvedNetworks: approved.slice(0, 10) } : { networksOfTheKey: networks.map(({ id }) => id).filter((id) => id !== network).slice(-10), learntDays: Math.floor((key.call.at - key.life.firstAt) / DAY_MS) },
    threshold: approved.length > 0 ? { networksNotApproved: 1 } : { networksNotSeenBefore: 1 },
    filter: { ip: network, apiKeyId: kept.keys.join(',') },
    lesson: { what: '*', upTo: null },
    quietMs: hours(24),
  }); // prettier-ignore
}
