// Compares what a receiver was told with the alerts that there are, and these with the calls that were recorded. Pure: rows in, findings out.
//
//   opened    of every rule each address with so many calls has one alert, and only such an address
//   told      every alert was told, by itself or together with one that was, or was seen to before; what the history says was told has arrived
//   one id    an id belongs to one event of one alert at one channel, always with the same body; an event comes under one id
//   signed    by the secret of the channel
import { uuidOf } from './requests.mjs';

/** Kinds of history of which channels hear, and what they hear. */
const heard = { told: 'alert.opened', escalated: 'alert.escalated', acknowledged: 'alert.acknowledged', resolved: 'alert.resolved' };

/**
 * `calls`: `{ group, calls }` of the log. `living`: uuids of channels whose receiver answers. `arrivals`: `{ channel, id, body, problem, answer }`, the channel by its uuid,
 * of these alone.
 */
export function checkTold({ alerts, events, notifications, arrivals, calls, rules, threshold, living }) {
  const findings = [];
  const find = (rule, what) => findings.push({ rule, what });
  checkOpened({ alerts, calls, rules, threshold }, find);
  checkHistory({ alerts, events }, find);
  const came = checkArrivals({ arrivals, notifications }, find);
  const expected = expectedOf({ alerts, events, living });
  for (const key of expected) if (!came.has(key)) find('lost', `nothing came of ${key}, which was told`);
  for (const key of came.keys()) if (!expected.has(key)) find('invented', `${key} came, and the history does not say so`);
  const received = new Set(arrivals.filter(({ answer }) => answer === 200).map(({ id }) => uuidOf(id)));
  const queued = new Map();
  for (const one of notifications) {
    if (living.includes(one.channel) && one.state !== 'delivered') find('lost', `${one.id} is ${one.state} and not delivered`);
    if (living.includes(one.channel) && one.state === 'delivered' && !received.has(one.id)) find('lost', `${one.id} counts as delivered, and its receiver has not taken it`); // prettier-ignore
    const key = keyOf(one.channel, one.alert, one.event);
    if (queued.has(key)) find('doubled', `${key} was queued as ${queued.get(key)} and as ${one.id}`);
    queued.set(key, one.id);
  }
  return { findings, expected: expected.size };
}

const keyOf = (channel, alert, event) => `${event} of ${alert} at ${channel}`;

function checkOpened({ alerts, calls, rules, threshold }, find) {
  const opened = new Map();
  for (const { id, rule, group } of alerts) {
    const key = `${rule} ${group}`;
    if (opened.has(key)) find('doubled', `${group} has the alerts ${opened.get(key)} and ${id} of the rule ${rule}`);
    opened.set(key, id);
  }
  const enough = new Set(calls.filter((one) => one.calls >= threshold).map(({ group }) => group));
  for (const rule of rules)
    for (const group of enough) if (!opened.has(`${rule} ${group}`)) find('lost', `${group} has no alert of the rule ${rule}`);
  for (const { id, group } of alerts) if (!enough.has(group)) find('invented', `the alert ${id} of ${group}, which has too few calls`);
}

function checkHistory({ alerts, events }, find) {
  const told = new Map();
  for (const { alert, kind, data } of events) {
    if (kind === 'notTold') find('untold', `${alert} was told to nobody`);
    if (kind !== 'told') continue;
    if (told.has(alert)) find('doubled', `the history of ${alert} says twice that it was told`);
    told.set(alert, data);
  }
  for (const { id, state, due, toldAt } of alerts) {
    if (due) find('untold', `${id} is still to be told or escalated`);
    if (toldAt === null && state === 'open') find('untold', `${id} is open, and nobody was told`);
    const data = told.get(id);
    if ((toldAt !== null) !== (data !== undefined)) find('untold', `${id}: its row and its history do not agree whether it was told`);
    const lead = data?.togetherWith && uuidOf(data.togetherWith);
    if (lead && !told.get(lead)?.channelIds) find('untold', `${id} was told together with ${lead}, which was not`);
  }
}

/** What arrived: the keys of events, each with its id. */
function checkArrivals({ arrivals, notifications }, find) {
  const [known, first, came] = [new Map(notifications.map((one) => [one.id, one])), new Map(), new Map()];
  for (const { channel, id, body, problem } of arrivals) {
    if (problem !== null) find('unsigned', `${id} at ${channel}: ${problem}`);
    const { type, data } = JSON.parse(body);
    const key = keyOf(channel, uuidOf(data.id), type);
    const before = first.get(id);
    if (before && before.key !== key) find('contradicted', `${id} came as ${before.key} and as ${key}`);
    else if (before && before.body !== body) find('contradicted', `${id} came with two bodies: ${before.body} and ${body}`);
    first.set(id, before ?? { key, body });
    if (came.has(key) && came.get(key) !== id) find('doubled', `${key} came as ${came.get(key)} and as ${id}`);
    came.set(key, id);
    const stored = known.get(uuidOf(id));
    if (!stored) find('invented', `${id} came, and was never queued`);
    else if (keyOf(stored.channel, stored.alert, stored.event) !== key) find('contradicted', `${id} came as ${key}, and is another one`);
  }
  return came;
}

/** What whoever reads the history believes to be told. Who was told that it is open hears what becomes of it. */
function expectedOf({ alerts, events, living }) {
  const [expected, channelsOf] = [new Set(), new Map(alerts.map(({ id, toldChannels }) => [id, toldChannels]))];
  for (const { alert, kind, data } of events) {
    if (!(kind in heard)) continue;
    const channels = kind === 'told' || kind === 'escalated' ? (data.channelIds ?? []).map(uuidOf) : (channelsOf.get(alert) ?? []);
    for (const channel of channels) if (living.includes(channel)) expected.add(keyOf(channel, alert, heard[kind]));
  }
  return expected;
}
