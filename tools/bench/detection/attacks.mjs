// Labelled: what happens, whom it is about, and what a person who looks after an API would want to be told of. `tolerates`: what follows from it
// and is no mistake either. Each size is drawn over orders of magnitude, from the smallest that such a person would call clear; the detectors were not asked.
// `clearAt`: by then that much of it has happened. Whoever tells it more than an hour later has not told it.
import { addressIn, cidr, DAY, farCountries, HOUR, MINUTE, rateAt } from './programs.mjs';
import { inOffice } from './look-alikes.mjs';

const times = (count, make) => {
  for (let n = 0; n < count; n++) make(n);
};
/** So many moments within a time, in order. */
const moments = (c, count, from, long) => Array.from({ length: count }, () => from + c.random() * long).sort((a, b) => a - b);
/** When the first so many of them have happened; of fewer, when all have. */
const after = (all, count) => all[Math.min(count, all.length) - 1];
const stranger = (world, over) =>
  world.blank({ status: 401, userAgent: 'python-requests/2.31', country: world.c.pick(['RU', 'CN', 'NL', 'US', 'VN', null]), ...over });
const guesses = ['unknown_key', 'unknown_key', 'bad_checksum', 'malformed_key', 'missing_key'];
const fingerprint = (c) => Array.from({ length: 12 }, () => '0123456789abcdef'[c.whole(0, 15)]).join('');
/** What anybody who uses a key as its owner does not may set off as well. */
const byHours = ['offHoursUse', 'requestSpike'];
const ofKey = (program, ...detectors) => detectors.map((detector) => ({ detector, subject: program.id }));

/** The /64 of an IPv6 address, as the log's filter writes it; an IPv4 address as it is. */
const sourceOf = (ip) => (ip.includes(':') ? `${ip.split('::')[0]}::/64` : ip);

function guessing(world, at) {
  const { c } = world;
  const ip = addressIn(c, world.organization.network());
  // Forty wrong keys within a quarter of an hour are nobody's mistake.
  const count = c.count(40, 4_000);
  const long = c.between(1, 15) * MINUTE * Math.max(1, count / 600);
  const all = moments(c, count, at, long);
  for (const when of all) world.add(stranger(world, { at: when, ip, reason: c.pick(guesses), keyFingerprint: fingerprint(c) }));
  world.label({
    kind: 'guessing',
    at,
    until: at + long,
    clearAt: after(all, 40),
    expects: [{ detector: 'unauthorizedBurst', subject: sourceOf(ip) }],
  });
}

function manyAddresses(world, at) {
  const { c } = world;
  // A hundred and fifty wrong keys within twenty minutes, of addresses that each try a few.
  const from = Array.from({ length: c.count(25, 400) }, () => addressIn(c, world.organization.network()));
  const count = Math.round(Math.min(from.length * 6, c.sized(150, 2_400)));
  const long = c.between(4, 20) * MINUTE * Math.max(1, count / 600);
  const all = moments(c, count, at, long);
  for (const when of all)
    world.add(stranger(world, { at: when, ip: c.pick(from), reason: c.pick(guesses), keyFingerprint: fingerprint(c) }));
  world.label({
    kind: 'manyAddresses',
    at,
    until: at + long,
    clearAt: after(all, 150),
    expects: [{ detector: 'unauthorizedBurst', subject: '' }],
  });
}

function passedAround(world, at) {
  const { c } = world;
  const print = fingerprint(c);
  const from = Array.from({ length: c.count(4, 30) }, () => addressIn(c, world.organization.network()));
  const long = c.between(10, 50) * MINUTE;
  const all = moments(c, c.count(40, 400), at, long);
  all.forEach((when, n) =>
    world.add(stranger(world, { at: when, ip: n < 4 ? from[n] : c.pick(from), reason: 'unknown_key', keyFingerprint: print })),
  );
  world.label({
    kind: 'passedAround',
    at,
    until: at + long,
    clearAt: after(all, 40),
    expects: [{ detector: 'unauthorizedBurst', subject: print }],
    tolerates: [
      { detector: 'unauthorizedBurst', subject: '' },
      ...from.map((ip) => ({ detector: 'unauthorizedBurst', subject: sourceOf(ip) })),
    ],
  });
}

function spike(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => ['service', 'steady', 'office', 'shop'].includes(kind), 3 * DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const long = c.between(1, 6) * HOUR;
  // Five times what it does at this hour, and some hundreds: nobody calls a smaller one clear. Nor what it does at the end of each month, and twice that.
  const perHour = Math.max(
    c.sized(280, 4_000),
    rateAt(program, at) * c.sized(5, 50),
    program.monthlyDay === null ? 0 : program.perHour * 150 + 400,
  );
  const all = moments(c, Math.round((Math.min(perHour, 6_000) * long) / HOUR), at, long);
  for (const when of all) world.add(world.ordinary(program, when));
  world.label({
    kind: 'spike',
    at,
    until: at + long,
    clearAt: after(all, Math.round(perHour)),
    expects: ofKey(program, 'requestSpike'),
    tolerates: ofKey(program, 'offHoursUse', 'intermittentRateLimits'),
  });
}

function loop(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => ['service', 'steady', 'office', 'shop', 'batch'].includes(kind), DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  // A hundred and sixty times the same, without a pause that a person would call one.
  const every = c.sized(0.1, 4) * 1_000;
  const long = Math.min(Math.max(c.sized(3, 60) * MINUTE, every * 160), every * 4_000);
  const endpoint = c.pick([
    { method: 'POST', route: '/v1/invoices' },
    { method: 'GET', route: '/v1/invoices/{id}' },
    { method: 'POST', route: '/v1/customers' },
  ]);
  const one = world.call(program, at, { ...endpoint, bytes: 0 });
  const bytes = endpoint.method === 'POST' ? c.whole(150, 900) : 0;
  for (let when = at; when < at + long; when += every * c.between(0.75, 1.25))
    world.add({ ...one, at: when, requestBytes: bytes, responseBytes: c.is(0.03) ? 400 : 731 });
  world.label({
    kind: 'loop',
    at,
    until: at + long,
    clearAt: at + every * 160,
    expects: ofKey(program, 'runawayLoop'),
    tolerates: ofKey(program, 'requestSpike', 'offHoursUse'),
  });
}

/** Somebody else uses the key, from a network of the same country. */
function otherNetwork(world, at) {
  const { c, organization } = world;
  const program = take(world, at, ({ kind }) => !['wandering', 'poller'].includes(kind), DAY);
  if (program === null) return;
  const network = organization.network();
  const long = c.between(0.1, 8) * HOUR;
  const all = moments(c, c.count(2, 400), at, long);
  all.forEach((when) =>
    world.add({
      ...world.ordinary(program, when),
      ip: addressIn(c, network, 3),
      country: program.places[0].country,
      userAgent: 'curl/8.5.0',
    }),
  );
  world.label({
    kind: 'otherNetwork',
    at,
    until: at + long,
    clearAt: all[0],
    expects: [{ detector: 'newAddress', subject: cidr(network) }],
    tolerates: ofKey(program, ...byHours),
  });
}

function otherCountry(world, at) {
  const { c, organization } = world;
  const program = take(world, at, ({ kind, regions }) => kind !== 'poller' && !regions, DAY);
  if (program === null) return;
  const country = c.pick(farCountries[organization.home]);
  const network = organization.network();
  const long = c.between(0.1, 8) * HOUR;
  const all = moments(c, c.count(2, 400), at, long);
  for (const when of all) world.add({ ...world.ordinary(program, when), ip: addressIn(c, network, 3), country, userAgent: 'curl/8.5.0' });
  const busy = rateAt(program, at) > 2 ? [{ detector: 'impossibleTravel', subject: program.id }] : [];
  world.label({
    kind: 'otherCountry',
    at,
    until: at + long,
    clearAt: all[0],
    expects: [...ofKey(program, 'newCountry'), ...busy],
    tolerates: ofKey(program, 'impossibleTravel', ...byHours),
  });
}

/** The same, while the owner works. */
function twoPlaces(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind, regions }) => ['service', 'steady', 'office', 'shop'].includes(kind) && !regions, DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const country = c.pick(farCountries[world.organization.home]);
  const network = world.organization.network();
  const long = c.between(0.5, 3) * HOUR;
  const all = moments(c, c.count(3, 120), at, long);
  for (const when of all) world.add({ ...world.ordinary(program, when), ip: addressIn(c, network, 2), country });
  // The owner is at work.
  const own = moments(c, 3, at, long);
  for (const when of own) world.add(world.ordinary(program, when));
  world.label({
    kind: 'twoPlaces',
    at,
    until: at + long,
    clearAt: Math.max(all[0], own[0]),
    expects: ofKey(program, 'newCountry', 'impossibleTravel'),
    tolerates: ofKey(program, ...byHours),
  });
}

function endedKey(world, at) {
  const { c, organization } = world;
  const program = take(world, at, ({ kind }) => ['service', 'steady'].includes(kind), 0);
  if (program === null) return;
  const reason = c.pick(['revoked_key', 'rotated_out', 'expired_key', 'disabled_key']);
  const isStranger = c.is(0.4);
  const from = at + c.between(1, 40) * HOUR;
  const network = isStranger ? organization.network() : program.places[0].network;
  const long = c.between(0.2, 20) * HOUR;
  world.succeed(program, at);
  const all = moments(c, c.count(1, 200), from, long);
  for (const when of all)
    world.add(Object.assign(world.ordinary(program, when), { status: 401, reason, cause: null, ip: addressIn(c, network, 2) }));
  world.label({ kind: 'endedKey', at: from, until: from + long, clearAt: all[0], expects: ofKey(program, 'retiredKeyUse') });
}

function sensitive(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => !['accounting', 'poller'].includes(kind), 0);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const [method, route, over] = c.pick([
    ['POST', '/v1/exports', {}],
    ['GET', '/v1/audit-logs', {}],
    ['GET', '/v1/exports/{id}/download', {}],
    ['DELETE', '/v1/customers/{id}', {}],
    ['POST', '/v1/invoices/{id}/void', {}],
    ['POST', '/v1/api-keys', { status: 403, reason: 'person_required' }],
    ['GET', '/v1/audit-logs', { status: 403, reason: 'missing_scope' }],
  ]);
  program.done ??= new Set();
  if (program.done.has(route.split('/')[2])) return;
  program.done.add(route.split('/')[2]);
  const long = c.between(1, 60) * MINUTE;
  const all = moments(c, c.count(1, 60), at, long);
  for (const when of all) world.add(Object.assign(world.call(program, when, { method, route, bytes: 0 }), over));
  world.label({
    kind: 'sensitive',
    at,
    until: at + long,
    clearAt: all[0],
    expects: ofKey(program, 'sensitiveFirstUse'),
    tolerates: ofKey(program, 'offHoursUse'),
  });
}

/** A version goes out that sends one field in a wrong form: from then on most calls of an endpoint fail. */
function wrongBody(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => ['service', 'steady', 'office', 'shop'].includes(kind), 2 * DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const share = c.between(0.8, 1);
  const cause = c.pick(['/customerId required', '/lines/0/amount type', '/currency enum', '']);
  // Twenty-five failures of one endpoint over half an hour and more.
  const count = c.count(25, 400);
  const every = Math.min(c.sized(0.8, 40) * HOUR, count * 15 * MINUTE) / count;
  const one = { method: 'POST', route: '/v1/invoices', bytes: 500 };
  let when = at;
  let clearAt = at;
  times(count, (n) => {
    when += every * c.between(0.5, 1.5);
    if (n < 25 || when < at + HOUR / 2) clearAt = when;
    const call = world.call(program, when, one);
    world.add(
      c.is(share)
        ? Object.assign(call, { status: 400, reason: cause === '' ? 'malformed_json' : 'invalid_field', cause: cause || 'malformed_json' })
        : call,
    );
  });
  // Its other calls of this endpoint are of the same version.
  broken(world, program, {
    from: at,
    until: when,
    is: (call) => call.method === 'POST' && call.route === '/v1/invoices' && c.is(share),
    over: { status: 400, reason: cause === '' ? 'malformed_json' : 'invalid_field', cause: cause || 'malformed_json' },
  });
  world.label({
    kind: 'wrongBody',
    at,
    until: when,
    clearAt,
    expects: ofKey(program, 'consistentBadRequests'),
    tolerates: ofKey(program, 'offHoursUse', 'requestSpike'),
  });
}

function limited(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => ['service', 'steady', 'shop'].includes(kind), 2 * DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const isImpatient = c.is(0.5);
  let when = at;
  let clearAt = at;
  // Whoever does not wait: thirty in a row. Whoever runs into the limit again and again: in eight visits, thirty times.
  const visits = isImpatient ? c.whole(1, 4) : c.count(8, 30);
  let refused = 0;
  times(visits, (visit) => {
    times(isImpatient ? c.count(30, 300) : c.whole(4, 12), () => {
      refused += 1;
      if (refused <= 30 || (!isImpatient && visit < 8)) clearAt = when;
      when += isImpatient ? c.between(1.2, 4) * 1_000 : c.between(8, 40) * 1_000;
      world.add(
        Object.assign(world.ordinary(program, when), {
          status: 429,
          reason: 'key_limit',
          retryAfterS: isImpatient ? c.whole(20, 60) : c.whole(2, 7),
          cause: null,
        }),
      );
    });
    when += isImpatient ? c.between(2, 10) * MINUTE : c.between(12, 55) * MINUTE;
  });
  world.label({
    kind: isImpatient ? 'impatient' : 'limited',
    at,
    until: when,
    clearAt,
    expects: ofKey(program, 'intermittentRateLimits'),
    tolerates: ofKey(program, 'offHoursUse', 'requestSpike'),
  });
}

function notThere(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => ['service', 'steady', 'office', 'shop'].includes(kind), 2 * DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const kind = c.pick(['wrongUrl', 'wrongVersion', 'unknownIds']);
  const stale = Array.from({ length: c.whole(1, 6) }, () => `/v1/invoices/g${c.whole(1, 1e9)}`);
  const wrong = c.pick(['/v1/invoice', '/v1/customers/search', '/api/v1/invoices']);
  const share = c.between(0.85, 1);
  const over = {
    wrongUrl: () => ({ path: wrong, route: null, status: 404, reason: 'route_not_found', method: 'GET' }),
    wrongVersion: () => ({
      path: c.pick(['/v2/invoices', '/v2/customers']),
      route: null,
      status: 404,
      reason: 'wrong_version',
      method: 'GET',
    }),
    unknownIds: () => ({ path: c.pick(stale), route: '/v1/invoices/{id}', status: 404, reason: 'resource_not_found', method: 'GET' }),
  }[kind];
  const count = c.count(25, 400);
  const every = Math.min(c.sized(0.8, 16) * HOUR, count * 15 * MINUTE) / count;
  let when = at;
  let clearAt = at;
  times(count, (n) => {
    when += every * c.between(0.5, 1.5);
    if (n < 25 || when < at + HOUR / 2) clearAt = when;
    world.add(Object.assign(world.call(program, when, { method: 'GET', route: '/v1/invoices/{id}', bytes: 0 }), { cause: null }, over()));
  });
  if (kind === 'unknownIds')
    broken(world, program, {
      from: at,
      until: when,
      is: (call) => call.method === 'GET' && call.route === '/v1/invoices/{id}' && c.is(share),
      over,
    });
  world.label({
    kind,
    at,
    until: when,
    clearAt,
    expects: ofKey(program, 'notFoundPattern'),
    tolerates: ofKey(program, 'offHoursUse', 'requestSpike'),
  });
}

function scanning(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => ['service', 'office', 'shop'].includes(kind), 2 * DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const isSlow = c.is(0.35);
  // Sixty ids that are not there within the hour, or a hundred and eighty within the day.
  const count = isSlow ? c.count(220, 1_000) : c.count(75, 4_000);
  const long = isSlow ? c.between(10, 20) * HOUR : c.between(5, 40) * MINUTE;
  const found = c.between(0, 0.2);
  const first = c.whole(1e9, 2e9);
  const route = c.pick(['/v1/invoices/{id}', '/v1/customers/{id}']);
  times(count, (n) => {
    const call = world.call(program, at + (n / count) * long + c.random() * 400, { method: 'GET', route, bytes: 0 });
    world.add(
      Object.assign(
        call,
        { path: route.replace('{id}', `i${first + n}`) },
        c.is(found) ? {} : { status: 404, reason: 'resource_not_found' },
      ),
    );
  });
  world.label({
    kind: isSlow ? 'slowScan' : 'scan',
    at,
    until: at + long,
    clearAt: at + long * ((isSlow ? 220 : 75) / count),
    expects: ofKey(program, 'idScanning'),
    tolerates: ofKey(program, ...byHours),
  });
}

/** We fail, for many. */
function outage(world, from) {
  const { c } = world;
  const at = Math.floor(from / DAY) * DAY + c.between(7, 18) * HOUR;
  const long = c.sized(10, 240) * MINUTE;
  const share = c.sized(0.25, 1);
  const status = c.pick([500, 502, 503, 504]);
  let failed = 0;
  let latest = 0;
  const label = world.label({ kind: 'outage', at, until: at + long });
  disturb(world, (call) => {
    if (call.at < at || call.at >= at + long || !c.is(share)) return;
    Object.assign(call, { status, reason: status === 500 ? 'handler_error' : 'upstream_error', cause: null });
    failed += 1;
    // Calls of an hour are made one program after the other.
    latest = Math.max(latest, call.at);
    // Twenty failures, and not of one moment.
    if (failed >= 20 && call.at >= at + 8 * MINUTE && label.expects.length === 0) {
      label.clearAt = latest;
      label.expects.push({ detector: 'serverErrorRate', subject: '' });
    }
    if (failed === 1) label.tolerates.push({ detector: 'serverErrorRate', subject: '' }, { detector: 'serverErrorRate', subject: '*' });
  }, at + long); // prettier-ignore
}

/** One request of one program brings us to fail, whenever it comes. */
function poison(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => ['service', 'steady', 'shop'].includes(kind), 2 * DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const count = c.count(25, 250);
  const every = c.sized(30, 240) * 1_000;
  let when = at;
  let clearAt = at;
  const route = '/v1/invoices/{id}/finalize';
  times(count, (n) => {
    when += every * c.between(0.5, 1.5);
    if (n < 25) clearAt = when;
    world.add(Object.assign(world.call(program, when, { method: 'POST', route, bytes: 2 }), { status: 500, reason: 'handler_error' }));
  });
  broken(world, program, { from: at, until: when, is: (call) => call.route === route, over: { status: 500, reason: 'handler_error' } });
  world.label({
    kind: 'poison',
    at,
    until: when,
    clearAt,
    expects: ofKey(program, 'serverErrorRate'),
    tolerates: ofKey(program, 'offHoursUse', 'requestSpike'),
  });
}

function stops(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => ['service', 'steady', 'office', 'shop', 'nightly'].includes(kind), 8 * DAY);
  if (program === null) return;
  const at = inOffice(world, program, from);
  const until = at + c.sized(6, 240) * HOUR;
  let missed = 0;
  let latest = 0;
  const label = world.label({
    kind: 'stops',
    at,
    until: until + (program.kind === 'nightly' ? DAY : 0),
    tolerates: ofKey(program, 'silence'),
  });
  Object.assign(program, {
    silentFrom: at,
    silentUntil: until,
    onMissed: (when) => {
      missed += 1;
      latest = Math.max(latest, when);
      // Nine hours of what it does on average, and never less than seventy calls: whoever watches it sees that.
      if (missed === Math.max(70, Math.round(program.perHour * 9)) && program.kind !== 'nightly') {
        label.clearAt = latest;
        label.expects.push(...ofKey(program, 'silence'));
      }
    },
  });
}

function atNight(world, from) {
  const { c } = world;
  const program = take(world, from, ({ kind }) => kind === 'office', DAY);
  if (program === null) return;
  const midnight = Math.floor(from / DAY) * DAY - program.offset * HOUR;
  const at = midnight + c.between(22.5, 27) * HOUR;
  // Ten within the hour.
  const count = c.count(10, 300);
  const long = Math.min(c.between(0.3, 2), count / 10) * HOUR;
  const all = moments(c, count, at, long);
  for (const when of all) world.add(world.ordinary(program, when));
  world.label({
    kind: 'atNight',
    at,
    until: at + long,
    clearAt: after(all, 10),
    expects: ofKey(program, 'offHoursUse'),
    tolerates: ofKey(program, 'requestSpike'),
  });
}

/** Whoever looks for open doors asks for one well-known path after the other. */
function probing(world, at) {
  const { c } = world;
  const ip = addressIn(c, world.organization.network());
  const long = c.between(1, 30) * MINUTE;
  const all = moments(c, c.count(45, 2_000), at, long);
  all.forEach((when, n) =>
    world.add(
      stranger(world, {
        at: when,
        ip,
        method: 'GET',
        route: null,
        path: `/${c.pick(['.env', 'wp-admin', 'admin', 'phpinfo', 'backup'])}/${n}`,
        status: 404,
        reason: 'route_not_found',
      }),
    ),
  );
  world.label({
    kind: 'probing',
    at,
    until: at + long,
    clearAt: after(all, 45),
    expects: [{ detector: 'notFoundPattern', subject: sourceOf(ip) }],
  });
}

/** Of the programs that have been left alone for a fortnight. */
function take(world, at, fits, forMs) {
  const program = world.calm(at, fits);
  if (program !== null) program.busyUntil = at + forMs + 14 * DAY;
  return program;
}

/** From then until then, calls of the program that `is` fail so. */
function broken(world, program, { from, until, is, over }) {
  disturb(world, (call) => {
    if (call.keyId === program.id && call.at >= from && call.at < until && is(call)) Object.assign(call, typeof over === 'function' ? over() : over);
  }, until); // prettier-ignore
}

function disturb(world, change, until) {
  world.disturbances ??= [];
  world.disturbances.push({ change, until });
  world.disturb ??= (call) => {
    world.disturbances = world.disturbances.filter((one) => one.until > world.now);
    for (const one of world.disturbances) one.change(call);
    return call;
  };
}

export const attacks = [
  guessing, manyAddresses, passedAround, spike, spike, loop, loop, otherNetwork, otherNetwork, otherCountry, twoPlaces, endedKey, endedKey, sensitive, sensitive,
  wrongBody, wrongBody, limited, limited, notThere, notThere, scanning, scanning, outage, poison, stops, stops, atNight, atNight, probing,
]; // prettier-ignore
