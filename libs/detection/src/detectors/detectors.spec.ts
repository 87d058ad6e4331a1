/** Each detector by an example that it finds, and the one most like it that it lets alone. How often it is right: docs/benchmarks.md. */
import type { DetectorName } from '@pinebill/contract';
import { detectorNames } from '@pinebill/contract';
import { createDetection, type Finding, nothingKnown } from '..';
import type { Call } from '../call';
import { quickHash } from '../measures/seen-set';
import type { DetectionProfile } from '../profile';
import type { Snapshot } from '../subjects';
import { aCall, day, hour, minute } from '../testing/calls';

/** A Monday. */
const MONDAY = Date.UTC(2025, 0, 6);
const WEEKS = 5;
const NOW = MONDAY + WEEKS * 7 * day + 10 * hour;

/** Five calls an hour, at all hours, or in those of offices. */
function usual(over: Partial<Call> = {}, isUsed: (at: number) => boolean = () => true, until = NOW): Call[] {
  const calls: Call[] = [];
  for (let at = MONDAY; at < until; at += 12 * minute)
    if (isUsed(at)) calls.push(aCall(0, { at: at + ((at / minute) % 7) * 9_000, responseBytes: (at / minute) % 997, ...over }));
  return calls;
}
const isOffice = (at: number): boolean => (at % day) / hour >= 8 && (at % day) / hour < 18 && ((at - MONDAY) / day) % 7 < 5;

const many = (count: number, everyMs: number, over: Partial<Call> | ((n: number) => Partial<Call>), from = NOW): Call[] =>
  Array.from({ length: count }, (_, n) =>
    aCall(0, { at: from + n * everyMs, responseBytes: (n * 37) % 997, ...(typeof over === 'function' ? over(n) : over) }),
  );

/** The weeks before are the same in many examples: learnt once, and remembered as the runner's table does. */
const learnt = new Map<number, Snapshot>();
function after(past: readonly Call[]): Snapshot {
  const name = past.reduce((hash, { at, keyId, ip, route }) => quickHash(`${at} ${keyId ?? ''} ${ip ?? ''} ${route ?? ''}`, hash), 0);
  const known = learnt.get(name);
  if (known !== undefined) return known;
  const detection = createDetection(nothingKnown);
  expect(past.flatMap((call) => detection.observe(call))).toEqual([]);
  const snapshot = detection.snapshot();
  learnt.set(name, snapshot);
  return snapshot;
}

function found(calls: Call[], { profile = nothingKnown, until }: { profile?: DetectionProfile; until?: number } = {}): Finding[] {
  const all = [...calls].sort((a, b) => a.at - b.at).map((call, n) => ({ ...call, id: `r${n}`, sequence: n + 1 }));
  // A first day that is judged by itself has no weeks before it.
  const isYoung = all.every(({ at }) => at < MONDAY + day);
  const detection = createDetection(profile, after(isYoung ? [] : all.filter(({ at }) => at < NOW)));
  const told = all.filter(({ at }) => isYoung || at >= NOW).flatMap((call) => detection.observe(call));
  const last = new Map(
    [...told, ...detection.advance(until ?? (all.at(-1)?.at ?? 0) + 65 * minute)].map((finding) => [
      `${finding.detector} ${finding.subject.id} ${finding.episode}`,
      finding,
    ]),
  );
  return [...last.values()];
}
const namesOf = (findings: readonly Finding[]): string[] => findings.map(({ detector }) => detector).sort();

const missing = { status: 404, reason: 'resource_not_found', route: '/v1/invoices/{id}' };
const wrongBody = { method: 'POST', status: 400, reason: 'invalid_field', cause: '/customerId required' };
const limited = { status: 429, reason: 'key_limit' };
const stolen = { ip: '203.0.113.5' };
const revoked = { status: 401, reason: 'revoked_key' };
const loop = { method: 'POST', requestBytes: 321, responseBytes: 700 };

const said = { hours: null, networks: null, agents: null, endpoints: null, callsPerHour: null, countries: null };
const approved = (usage: Partial<DetectionProfile['organization']>): DetectionProfile => ({ ...nothingKnown, keys: { key_a: { ...said, ...usage } } }); // prettier-ignore

const examples: Record<DetectorName, { is: Call[]; not: Call[]; until?: number; also?: DetectorName[]; profile?: DetectionProfile }> = {
  unauthorizedBurst: {
    is: many(40, 2_000, { actor: 'anonymous', keyId: null, status: 401, reason: 'unknown_key', ip: '203.0.113.5' }),
    not: many(40, 2_000, { actor: 'anonymous', keyId: null, status: 401, reason: 'no_session', ip: '203.0.113.5' }),
  },
  requestSpike: { is: [...usual(), ...many(400, 4_000, {})], not: [...usual(), ...many(100, 4_000, {})] },
  runawayLoop: {
    is: [...usual(), ...many(140, 2_000, loop)],
    not: [...usual(), ...many(140, 2_000, (n) => ({ ...loop, responseBytes: n }))],
  },
  newAddress: {
    is: [...usual(), ...many(5, 9_000, stolen)],
    not: [...usual(), ...usual({ keyId: 'key_b', ...stolen }), ...many(5, 9_000, stolen)],
  },
  newCountry: {
    is: [...usual(), ...many(5, 9_000, { ...stolen, country: 'AT' })],
    not: [...usual(), ...many(5, 9_000, { country: 'AT' })],
  },
  newProgram: {
    is: [...usual(), ...many(5, 9_000, { userAgent: 'curl/8.5.0' })],
    not: [...usual(), ...many(5, 9_000, { userAgent: 'larkspur/2.3' })],
    profile: approved({ agents: ['larkspur/'] }),
  },
  impossibleTravel: {
    is: [...usual(), ...many(5, 9_000, { ...stolen, country: 'BR' })],
    not: [...usual(), ...usual({ ...stolen, country: 'BR' }), ...many(5, 9_000, { ...stolen, country: 'BR' })],
    also: ['newCountry'],
  },
  retiredKeyUse: { is: [...usual(), ...many(2, 1_000, revoked, NOW + hour)], not: [...usual(), ...many(9, 1_000, revoked)] },
  sensitiveFirstUse: {
    is: [...usual(), ...many(1, 1, { method: 'POST', route: '/v1/exports' })],
    not: [
      ...many(1, 1, { method: 'POST', route: '/v1/exports' }, MONDAY),
      ...usual(),
      ...many(1, 1, { method: 'POST', route: '/v1/exports' }),
    ],
  },
  consistentBadRequests: { is: [...usual(), ...many(30, minute, wrongBody)], not: [...usual(), ...many(30, 10_000, wrongBody)] },
  intermittentRateLimits: {
    is: [...usual(), ...many(30, 15 * minute, { ...limited, retryAfterS: 2 })],
    not: [...usual(), ...many(30, 10_000, { ...limited, retryAfterS: 5 })],
  },
  notFoundPattern: {
    is: [...usual(), ...many(30, minute, { ...missing, route: null, path: '/v1/invoise', reason: 'route_not_found' })],
    not: [...usual(), ...many(30, minute, (n) => (n % 2 ? missing : { route: missing.route }))],
  },
  idScanning: {
    is: [...usual(), ...many(60, 5_000, (n) => ({ ...missing, path: `/v1/invoices/${n}` }))],
    not: [...usual(), ...many(60, 5_000, (n) => ({ ...(n % 3 === 0 ? missing : { route: missing.route }), path: `/v1/invoices/${n}` }))],
  },
  serverErrorRate: {
    is: [
      ...usual(),
      ...usual({ keyId: 'key_b' }),
      ...many(30, 20_000, (n) => ({ keyId: n % 2 ? 'key_a' : 'key_b', status: 500, reason: 'handler_error' })),
    ],
    not: [
      ...usual(),
      ...usual({ keyId: 'key_b' }),
      ...many(30, 3_000, (n) => ({ keyId: n % 2 ? 'key_a' : 'key_b', status: 502, reason: 'upstream_error' })),
    ],
  },
  silence: {
    is: usual(),
    not: usual({}, (at) => at < NOW - 30 * minute && Math.floor((at - MONDAY) / day) % 7 !== 0),
    until: NOW + 10 * hour,
  },
  offHoursUse: {
    is: [...usual({}, isOffice), ...many(8, minute, {}, NOW + 16 * hour)],
    not: [...usual({}, isOffice), ...many(8, minute, {}, NOW + 9 * hour)],
  },
};

it.each(detectorNames)('%s finds what it is for, once, and not what only looks like it', (name) => {
  const { is, not, until, also = [], profile } = examples[name];
  expect(namesOf(found(is, { until, profile }))).toEqual([name, ...also].sort());
  expect(namesOf(found(not, { until, profile }))).toEqual([]);
});

it.each(detectorNames)('%s is taught by "this is normal"', (name) => {
  const { is, until, also = [], profile = nothingKnown } = examples[name];
  const accepted = found(is, { until, profile }).map(({ detector, subject, lesson }) => ({ detector, subject, lesson }));
  expect(accepted).toHaveLength(1 + also.length);
  expect(namesOf(found(is, { until, profile: { ...profile, accepted } }))).toEqual([]);
});

describe('what is approved goes before what is learnt', () => {
  it.each<[DetectorName, Partial<typeof nothingKnown.organization>]>([
    ['newAddress', { networks: ['203.0.113.0/24'] }],
    ['newCountry', { countries: ['AT'] }],
    ['impossibleTravel', { countries: ['BR'] }],
    ['requestSpike', { callsPerHour: 1_000 }],
    ['sensitiveFirstUse', { endpoints: ['POST /v1/exports'] }],
    ['offHoursUse', { hours: Array.from({ length: 168 }, (_, slot) => slot) }],
  ])('%s', (name, usage) => {
    expect(namesOf(found(examples[name].is, { profile: approved(usage) }))).toEqual([]);
  });

  it.each<[DetectorName, Partial<typeof nothingKnown.organization>, Partial<Call>]>([
    ['newAddress', { networks: ['192.0.2.0/24'] }, stolen],
    ['newCountry', { countries: ['DE'] }, { ...stolen, country: 'AT' }],
    ['newProgram', { agents: ['larkspur/'] }, { userAgent: 'curl/8.5.0' }],
  ])('%s: what is outside of an approved list is found from the first day, of the key or of the organization', (name, usage, over) => {
    const calls = [...many(3, minute, {}, MONDAY), ...many(3, minute, over, MONDAY + hour)];
    for (const profile of [approved(usage), { ...nothingKnown, organization: { ...said, ...usage } }])
      expect(namesOf(found(calls, { profile }))).toEqual([name]);
    expect(namesOf(found(calls))).toEqual([]);
  });

  it('all keys together make more than was approved for the organization', () => {
    const calls = many(120, 20_000, (n) => ({ keyId: `key_${n % 4}` }), MONDAY);
    const organization = { ...said, callsPerHour: 100 };
    expect(found(calls, { profile: { ...nothingKnown, organization } })).toMatchObject([
      { detector: 'requestSpike', subject: { kind: 'organization', id: '' }, count: 120, threshold: { callsInHour: 100 } },
    ]);
  });

  it('and finds from the first day what it does not name', () => {
    const profile = approved({ hours: [9, 10, 11], callsPerHour: 50 });
    const night = many(8, minute, {}, MONDAY + 2 * hour);
    const much = many(160, 20_000, {}, MONDAY + 9 * hour);
    expect(namesOf(found([...night, ...much], { profile }))).toEqual(['offHoursUse', 'requestSpike']);
  });
});

it('programs that call themselves something else each time are twenty findings and one of the others; what has no name can be approved', () => {
  const random = many(60, 9_000, (n) => ({ userAgent: `job-${n}/1.0` }), MONDAY);
  const profile = approved({ agents: ['larkspur/', 'unnamed'] });
  const told = found(random, { profile });
  expect([told.length, told.at(-1)]).toMatchObject([21, { count: 40, seen: { othersAtOnce: 20 }, filter: { apiKeyId: 'key_a' }, lesson: { what: '*' } }]); // prettier-ignore
  const { detector, subject, lesson } = told.at(-1)!;
  expect(found(random, { profile: { ...profile, accepted: [{ detector, subject, lesson }] } })).toEqual([]);
  for (const userAgent of [null, '(x)']) {
    expect(namesOf(found(many(2, 9_000, { userAgent }, MONDAY), { profile }))).toEqual([]);
    expect(namesOf(found(many(2, 9_000, { userAgent }, MONDAY), { profile: approved({ agents: ['larkspur/'] }) }))).toEqual(['newProgram']);
  }
});

it('a key that is replaced is not missed, and its successor begins with what was known', () => {
  const profile = { ...nothingKnown, retiredKeys: ['key_a'], successors: { key_b: 'key_a' } };
  const after = many(20, 6 * minute, { keyId: 'key_b' });
  expect(namesOf(found([...usual(), ...after], { profile, until: NOW + 2 * day }))).toEqual(['silence']);
  const strange = many(3, 1_000, { keyId: 'key_b', ...stolen }, NOW + 2 * hour);
  expect(namesOf(found([...usual(), ...after, ...strange], { profile, until: NOW + 3 * hour }))).toEqual(['newAddress']);
});

describe('silence', () => {
  it('counts nothing, is told again each day while it lasts, and ends when the key speaks', () => {
    const detection = createDetection(nothingKnown, after(usual()));
    const told = [7, 19, 31, 43, 55].flatMap((hours) => detection.advance(NOW + hours * hour));
    const lastAt = (usual().at(-1) as Call).at;
    expect(told.map(({ detector, count, from, to, isOver }) => [detector, count, from, (to - NOW) / hour, isOver])).toEqual(
      [7, 31, 55].map((hours) => ['silence', 0, lastAt, hours, false]),
    );
    expect(told[0]).toMatchObject({ normal: { callsExpected: 30 }, seen: { calls: 0 } });
    expect(detection.observe(aCall(9_999, { at: NOW + 57 * hour }))).toMatchObject([{ detector: 'silence', isOver: true }]);
  });

  it('a holiday: office keys that are silent together are not told, the one that stays away is, and what never rests is', () => {
    const offices = (until: number) => ['a', 'b', 'c', 'd'].flatMap((id) => usual({ keyId: `key_${id}` }, isOffice, until));
    const past = [...offices(NOW - 2 * hour), ...usual({ keyId: 'key_always' }, () => true, NOW - 2 * hour)];
    const names = (calls: Call[], until: number) => found([...past, ...calls], { until }).map(({ subject }) => subject.id);
    expect(names([], NOW + 8 * hour)).toEqual(['key_always']);
    // Also where as many work through it, as on any day.
    const atWork = ['a', 'b', 'c'].flatMap((id) => many(60, 10 * minute, { keyId: `key_${id}0` }, NOW));
    const workers = ['a', 'b', 'c'].flatMap((id) => usual({ keyId: `key_${id}0` }, isOffice, NOW - 2 * hour));
    expect(found([...offices(NOW - 2 * hour), ...workers, ...atWork], { until: NOW + 8 * hour })).toEqual([]);
    const back = ['a', 'b', 'c', 'always'].flatMap((id) => many(60, 10 * minute, { keyId: `key_${id}` }, NOW + 22 * hour));
    expect(names(back, NOW + 33 * hour).filter((id) => id !== 'key_always')).toEqual(['key_d']);
  });
});

it('one key with trouble of its own while another is deployed is no trouble of the organization', () => {
  const own = many(14, 2 * minute, { status: 500, reason: 'handler_error', method: 'POST', route: '/v1/invoices/{id}/finalize' });
  const deploy = (span: number) => many(12, span / 12, { keyId: 'key_b', status: 502, reason: 'upstream_error' }, NOW + 26.5 * minute);
  const told = (span: number) =>
    found([...usual(), ...usual({ keyId: 'key_b' }), ...own, ...deploy(span)]).map(({ subject }) => subject.kind);
  expect([told(minute), told(8 * minute)]).toEqual([[], ['organization']]);
});

it('a single week without any call is no habit of a key, and two are', () => {
  const silentOn = (...days: number[]) => usual({}, (at) => !days.includes(Math.floor((at - MONDAY) / day)));
  const names = (past: Call[]) => namesOf(found(past, { until: NOW + 9 * hour }));
  expect([names(silentOn(21)), names(silentOn(14, 21))]).toEqual([['silence'], []]);
});

it('a night like one of a month ago is let alone once: by what comes at its day', () => {
  const toldIn = (...nights: [month: number, date: number][]) => {
    const calls = nights.flatMap(([month, date]) => many(8, minute, {}, Date.UTC(2025, month, date, 21)));
    const detection = createDetection(nothingKnown);
    const all = [...usual({}, isOffice, MONDAY + 60 * day), ...calls]
      .sort((a, b) => a.at - b.at)
      .map((call, n) => ({ ...call, id: `r${n}` }));
    return [...new Set(all.flatMap((call) => detection.observe(call)).map(({ episode }) => episode.slice(5, 10)))];
  };
  expect(toldIn([1, 2], [2, 2], [2, 5])).toEqual(['02-02', '03-05']);
  expect(toldIn([1, 2], [1, 27], [2, 2])).toEqual(['02-02']);
});

it('a loop is seen when two hosts answer it, of which one has a clock that is off', () => {
  const loops = (over: (at: number) => Partial<Call>) => {
    const detection = createDetection(nothingKnown, after(usual()));
    const calls = many(160, 2_000, loop).map((call, n) => ({ ...call, id: `l${n}`, ...((n * 7) % 5 < 2 ? over(call.at) : {}) }));
    return [...new Set(calls.flatMap((call) => detection.observe(call)).map(({ detector }) => detector))];
  };
  expect(loops((at) => ({ at: at - 3 * minute }))).toEqual(['runawayLoop']);
  expect(loops((at) => ({ at: at + 2_900, saidAt: at + 3 * minute }))).toEqual(['runawayLoop']);
});

it('what the door refused, and what a key does in quarantine, is told and teaches nothing', () => {
  const refusals = many(5, minute, { ...stolen, country: 'BR', status: 403, reason: 'ip_not_allowed' });
  const detection = createDetection(nothingKnown, after(usual()));
  const told = [...refusals, ...many(1, 1, { ...stolen, country: 'BR' }, NOW + 3 * day)].flatMap((call) => detection.observe(call));
  expect([...new Set(told.map(({ detector, episode }) => `${detector} ${episode.slice(-24, -14)}`))].sort()).toEqual(
    ['newCountry 2025-02-10', 'newCountry 2025-02-13', 'impossibleTravel 2025-02-10'].sort(),
  );
  const quarantined = { ...nothingKnown, quarantinedKeys: ['key_a'] };
  const parts = new Map(createDetection(quarantined, after(usual())).snapshot());
  const held = createDetection(quarantined, after(usual()));
  many(50, minute, { ...stolen, country: 'DE' }).forEach((call) => held.observe(call));
  const learnt = JSON.stringify([...held.snapshot()].filter(([part]) => part === 'key/key_a'));
  expect([parts.size, learnt.includes('"days":1,"id":"203.0.113.0/24"'), /"networks":\[[^\]]*203\.0\.113/.test(learnt)]).toEqual([
    0,
    false,
    false,
  ]);
});

it.each(['disabled_key', 'quarantined_key', 'rotated_out'])('%s: whoever still tries it is told', (reason) => {
  const tries = many(2, 1_000, { status: reason === 'quarantined_key' ? 403 : 401, reason }, NOW + hour);
  expect(found([...usual(), ...tries])).toMatchObject([{ detector: 'retiredKeyUse', seen: { reason }, count: 2 }]);
});

it('time that stood ahead is put right: what goes on stays one finding, and what comes now is seen', () => {
  const detection = createDetection(nothingKnown, after(usual()));
  const guess = (at: number, count = 40) => many(count, 2_000, { actor: 'anonymous', keyId: null, status: 401, reason: 'unknown_key', ip: '203.0.113.5' }, at); // prettier-ignore
  const seen = (calls: Call[]) => calls.flatMap((call) => detection.observe(call));
  const first = seen(guess(NOW));
  detection.advance(NOW + 30 * minute);
  // The clock jumps by a year; all of it is over, and the key silent.
  expect(
    detection
      .advance(NOW + 365 * day)
      .map(({ detector }) => detector)
      .sort(),
  ).toEqual(['silence', 'unauthorizedBurst']);
  detection.setBack(NOW + 31 * minute);
  expect(detection.until).toBe(NOW + 31 * minute);
  const again = [...seen(guess(NOW + 32 * minute)), ...detection.advance(NOW + 40 * minute), ...seen(guess(NOW + 41 * minute))];
  expect(
    new Set([...first, ...again].map(({ detector, episode }) => `${detector} ${episode}`).filter((one) => /Burst/.test(one))).size,
  ).toBe(2);
  expect(seen(many(1, 1, {}, NOW + 42 * minute))).toMatchObject([]);
  // It is missed again at its time, once.
  expect(
    seen([])
      .concat(detection.advance(NOW + 9 * hour))
      .map(({ detector }) => detector),
  ).toContain('silence');
});
