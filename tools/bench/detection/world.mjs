// One organization over some months, hour by hour: normal traffic, what looks like an attack and is none, and labelled attacks.
// Shares no number and no code with the detectors: it says what happens, not what is found.
import { attacks } from './attacks.mjs';
import { lookAlikes } from './look-alikes.mjs';
import { addressIn, DAY, HOUR, makeOrganization, MINUTE, rateAt, WEEK, weighted } from './programs.mjs';
import { chance } from './random.mjs';

/** What was planned for a program that has ended, or that stands still. */
const isImpossible = (call, program) =>
  program !== undefined &&
  ((program.isRetired && call.status !== 401 && call.at > program.retiredAt) ||
    (call.at >= program.silentFrom && call.at < program.silentUntil));

/** A Monday. */
export const START = Date.UTC(2025, 0, 6);

export class World {
  labels = [];
  sequence = 0;
  future = [];

  constructor(seed, { warmWeeks, weeks, onRetire }) {
    this.seed = seed;
    this.c = chance(seed * 7919 + 13);
    this.weeks = warmWeeks + weeks;
    this.warmUntil = START + warmWeeks * WEEK;
    this.end = START + this.weeks * WEEK;
    this.onRetire = onRetire;
    this.organization = makeOrganization(this.c);
    for (const program of this.organization.programs) program.bornAt = START;
    // At noon: at night a job could fall into the hour that is left out, which what starts jobs makes up for.
    this.season = START + this.c.whole(warmWeeks + 2, this.weeks - 2) * WEEK + 6 * DAY + 12 * HOUR;
    this.host = null;
    this.holidays = this.planHolidays();
    this.plans = [];
    for (let week = 0; week < this.weeks; week++) this.planWeek(START + week * WEEK, week >= warmWeeks);
    this.plans.sort((a, b) => a.at - b.at);
  }

  get programs() {
    return this.organization.programs;
  }

  planWeek(from, isLabelled) {
    const plan = (what, count) => {
      for (let n = 0; n < count; n++) this.plans.push({ at: from + this.c.random() * WEEK, run: this.c.pick(what) });
    };
    plan(lookAlikes, this.c.whole(3, 6));
    if (isLabelled) plan(attacks, this.c.pick([0, 1, 1, 2, 2, 3, 4]));
  }

  /** A weekday off now and then, sometimes two: days since 1970, where the program runs. */
  planHolidays() {
    const days = new Set();
    for (let week = 0; week < this.weeks; week++) {
      if (!this.c.is(1 / 7)) continue;
      const day = START / DAY + week * 7 + this.c.whole(0, 4);
      days.add(day);
      if (this.c.is(0.25)) days.add(day + 1);
    }
    return days;
  }

  isHoliday(program, at) {
    return this.holidays.has(Math.floor((at + program.offset * HOUR) / DAY));
  }

  /** A call that is not made by a program's normal life; of a later hour too. */
  add(call) {
    this.future.push(call);
  }

  label(label) {
    const kept = { expects: [], tolerates: [], ...label };
    this.labels.push(kept);
    return kept;
  }

  *hours() {
    for (let at = START; at < this.end; at += HOUR) {
      this.now = at;
      while (this.plans.length > 0 && this.plans[0].at < at + HOUR) {
        const plan = this.plans.shift();
        plan.run(this, plan.at);
      }
      const calls = [];
      for (const program of this.programs) this.live(program, at, calls);
      if (this.future.length > 0) this.due(at + HOUR, calls);
      calls.sort((a, b) => a.at - b.at);
      for (const call of calls) {
        call.arrivedAt = call.at;
        call.at += this.skewOf(call.at);
        this.sequence += 1;
        call.sequence = this.sequence;
        call.id = `r${this.sequence}`;
      }
      yield { at, until: at + HOUR, calls };
    }
  }

  skewOf(at) {
    const { host } = this;
    return host !== null && at >= host.from && at < host.until && this.c.is(host.share) ? host.skew : 0;
  }

  due(until, calls) {
    const later = [];
    const byKey = new Map(this.programs.map((program) => [program.id, program]));
    for (const call of this.future) {
      if (call.at >= until) later.push(call);
      else if (!isImpossible(call, byKey.get(call.keyId))) calls.push(call);
    }
    this.future = later;
  }

  live(program, at, calls) {
    if (program.isRetired || at < program.bornAt) return;
    if (program.polls)
      for (let tick = at; tick < at + HOUR; tick += 3 * MINUTE)
        calls.push(this.call(program, tick + this.c.random() * 300, { method: 'GET', route: '/v1/invoices', bytes: 0 }));
    let rate = rateAt(program, at < this.season ? at : at + HOUR);
    if (this.isHoliday(program, at)) rate *= program.rests ? 0 : program.shape === 'daily' ? 0.7 : 1;
    for (const boost of program.boost) if (at < boost.until && at + HOUR > boost.from) rate = rate * boost.times + (boost.plus ?? 0);
    const count = this.c.poisson(rate);
    for (let n = 0; n < count; n++) {
      const when = at + this.c.random() * HOUR;
      if (when < program.silentUntil) {
        if (when >= program.silentFrom) {
          program.onMissed?.(when);
          continue;
        }
      }
      calls.push(this.ordinary(program, when));
    }
    if (program.jobs && this.c.is(2.5 / 168)) this.job(program, at);
    if (program.monthlyDay !== null) this.monthly(program, at);
  }

  ordinary(program, at) {
    const { c } = this;
    const call = this.call(program, at, weighted(c, program.endpoints));
    if (call.method === 'POST' && c.is(program.formErrors))
      return Object.assign(call, {
        status: 400,
        reason: 'invalid_field',
        cause: c.pick(['/email format', '/amount minimum', '/dueAt order', '/lines/0/text length', '/customerId required']),
      });
    if (call.route.includes('{') && c.is(program.missing))
      return Object.assign(call, { status: 404, reason: 'resource_not_found', path: call.route.replace('{id}', `x${c.whole(1, 1e9)}`) });
    if (c.is(0.0008)) return Object.assign(call, { status: 500, reason: 'handler_error' });
    return this.disturb?.(call) ?? call;
  }

  /** A good call of the program. */
  call(program, at, { method, route, bytes }) {
    const { c } = this;
    const place = program.places.length === 1 || c.is(program.places[0].share) ? program.places[0] : c.pick(program.places.slice(1));
    const network = program.wanders && c.is(0.4) ? (program.roaming = this.roam(program, at)) : place.network;
    return this.blank({
      at, actor: 'apiKey', keyId: program.id, method, route, path: route.includes('{') ? route.replace('{id}', `i${c.pick(program.known)}`) : route,
      status: method === 'POST' && !route.includes('/{id}/') ? 201 : 200, ip: addressIn(c, network, program.addresses), country: place.country,
      userAgent: program.agent, requestBytes: bytes === 0 ? 0 : bytes + program.bytes + c.whole(-90, 90), responseBytes: c.whole(300, 9_000),
    }); // prettier-ignore
  }

  roam(program, at) {
    if (program.roaming && at < program.roamUntil) return program.roaming;
    program.roamUntil = at + this.c.between(0.5, 3) * DAY;
    return this.organization.network();
  }

  blank(over) {
    return { id: '', sequence: 0, at: 0, actor: 'anonymous', keyId: null, keyFingerprint: null, userId: null, method: 'GET', path: '/v1/invoices', route: '/v1/invoices', status: 200, reason: null, ip: null, country: null, userAgent: null, requestBytes: 0, responseBytes: 300, durationMs: 12, retryAfterS: null, cause: null, ...over }; // prettier-ignore
  }

  /** A batch job: many calls within some minutes, whenever somebody starts it. */
  job(program, at) {
    const size = this.c.whole(300, 900);
    const from = at + this.c.random() * HOUR;
    const long = this.c.between(8, 40) * MINUTE;
    for (let n = 0; n < size; n++) this.add(this.ordinary(program, from + this.c.random() * long));
  }

  monthly(program, at) {
    const local = new Date(at + program.offset * HOUR);
    if (local.getUTCHours() !== 21 || local.getUTCDate() !== program.monthlyDay) return;
    const size = Math.round(program.perHour * this.c.between(60, 90)) + 200;
    const from = at + this.c.random() * HOUR;
    for (let n = 0; n < size; n++) this.add(this.ordinary(program, from + this.c.random() * 1.8 * HOUR));
  }

  /** A program to which nothing has happened for a while, of those that `fits`. */
  calm(at, fits) {
    const free = this.programs.filter(
      (program) => !program.isRetired && program.busyUntil < at && at - program.bornAt > 3 * WEEK && fits(program),
    );
    return free.length === 0 ? null : this.c.pick(free);
  }

  retire(program, at, successor = null) {
    program.isRetired = true;
    program.retiredAt = at;
    this.onRetire(program.id, successor);
  }

  /** Another key takes over what the program did. */
  succeed(program, at) {
    const id = `key_${this.organization.nextKey++}`;
    const successor = { ...program, id, bornAt: at, isRetired: false, boost: [], silentFrom: 0, silentUntil: 0, busyUntil: 0 };
    this.programs.push(successor);
    this.retire(program, at, id);
    return successor;
  }
}
