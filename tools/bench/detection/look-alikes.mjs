// What looks like an attack and is none. Each runs by itself; nothing may be found, but what it says it tolerates.
import { addressIn, cidr, DAY, HOUR, MINUTE, rateAt, WEEK } from './programs.mjs';

const times = (count, make) => {
  for (let n = 0; n < count; n++) make(n);
};

const anyOf = (world) => world.c.pick(world.programs.filter((one) => !one.isRetired && !one.polls));

/** A new version goes out: a minute of 502s and of a missing key, some 400s, caches fill, another user agent. */
function deploy(world, from) {
  const { c } = world;
  const program = anyOf(world);
  const at = inOffice(world, program, from);
  const long = c.between(30, 110) * 1_000;
  times(c.whole(2, 14), () =>
    world.add(Object.assign(world.ordinary(program, at + c.random() * long), { status: c.pick([502, 503]), reason: 'upstream_error' })),
  );
  times(c.whole(0, 18), () =>
    world.add(
      Object.assign(world.ordinary(program, at + c.random() * long), {
        status: 401,
        reason: 'missing_key',
        actor: 'anonymous',
        keyId: null,
      }),
    ),
  );
  times(c.whole(0, 9), () =>
    world.add(
      Object.assign(world.ordinary(program, at + c.random() * 5 * MINUTE), {
        method: 'POST',
        status: 400,
        reason: 'invalid_field',
        cause: '/currency required',
      }),
    ),
  );
  times(Math.round(rateAt(program, at) * c.between(0.2, 0.9)), () => world.add(world.ordinary(program, at + c.random() * 20 * MINUTE)));
  program.agent = `${program.agent.split('/')[0]}/${c.whole(10, 30)}.${c.whole(0, 20)}`;
}

/** Many programs and people behind one address: now and then one of them has no key. */
function natPool(world, at) {
  const { c, organization } = world;
  const ip = addressIn(c, organization.office);
  const sharers = c.some(
    world.programs.filter((one) => !one.isRetired && ['service', 'steady', 'shop'].includes(one.kind)),
    6,
  );
  const long = c.between(2, 8) * HOUR;
  const share = c.sized(0.02, 0.2);
  const all = Math.round(sharers.reduce((sum, one) => sum + rateAt(one, at), 0) * (long / HOUR) * 0.6);
  times(all, () => {
    const call = { ...world.ordinary(c.pick(sharers), at + c.random() * long), ip, country: organization.home };
    world.add(c.is(share) ? Object.assign(call, { status: 401, reason: 'missing_key', actor: 'anonymous', keyId: null }) : call);
  });
}

/** A client that is told to wait, waits, and longer each time. */
function backsOff(world, at) {
  const { c } = world;
  const program = anyOf(world);
  let when = inOffice(world, program, at);
  times(c.whole(3, 9), (n) => {
    const wait = c.whole(1, 8);
    world.add(Object.assign(world.ordinary(program, when), { status: 429, reason: 'key_limit', retryAfterS: wait }));
    when += wait * 1_000 + 2 ** n * 500 * c.between(1, 2);
  });
}

/** Five programs move into one new office: worth one word, not five. */
function newOffice(world, at) {
  const { c, organization } = world;
  const network = organization.network();
  const movers = c.some(
    world.programs.filter((one) => !one.isRetired && one.kind === 'office'),
    c.whole(3, 5),
  );
  let until = at;
  for (const program of movers) {
    const from = at + c.random() * 2 * DAY;
    times(c.whole(10, 40), () => {
      const call = world.ordinary(program, inOffice(world, program, from));
      until = Math.max(until, call.at);
      world.add({ ...call, ip: addressIn(c, network), country: organization.home });
    });
    program.places = [{ network, country: organization.home, share: 1 }];
  }
  world.label({ kind: 'newOffice', at, until, tolerates: [{ detector: 'newAddress', subject: cidr(network), most: 1 }] });
}

/**
 * A time within the next days at which the program works anyway; on a public holiday most do not. When there is none (a holiday before or after a
 * weekend), later: whoever rests does not come back at night for it.
 */
export function inOffice(world, program, from) {
  for (let tries = 0; ; tries++) {
    const at = from + world.c.random() * (3 + Math.max(0, tries - 100) / 50) * DAY;
    if (rateAt(program, at < world.season ? at : at + HOUR) > 0 && !(program.rests && world.isHoliday(program, at))) return at;
  }
}

/** The table of countries is corrected: known addresses are somewhere else from now on. */
function relabelled(world, at) {
  const { c } = world;
  const program = world.calm(at, ({ kind }) => kind === 'service' || kind === 'steady');
  if (program === null) return;
  program.places[0].country = c.pick(['LU', 'BE', 'AT', 'IE', 'SG', 'CH']);
}

/** The key is replaced, in good order: the old one is tried for some minutes. */
function rotation(world, at) {
  const { c } = world;
  const program = world.calm(at, ({ kind }) => ['service', 'steady'].includes(kind));
  if (program === null) return;
  const last = c.is(0.7) ? c.whole(1, 8) : 0;
  times(last, (n) => {
    if (n === 0) world.add(world.ordinary(program, at));
    world.add(Object.assign(world.ordinary(program, at + c.random() * 7 * MINUTE), { status: 401, reason: 'rotated_out' }));
  });
  world.succeed(program, at);
}

/** Somebody waits for something to be there, and asks for it again and again until it is. */
function waiting(world, from) {
  const { c } = world;
  const program = anyOf(world);
  const at = inOffice(world, program, from);
  const path = `/v1/invoices/w${c.whole(1, 1e9)}`;
  const missing = c.whole(3, 12);
  times(missing + 1, (n) =>
    world.add({
      ...world.call(program, at + n * c.between(4, 9) * 1_000, { method: 'GET', route: '/v1/invoices/{id}', bytes: 0 }),
      path,
      ...(n < missing ? { status: 404, reason: 'resource_not_found' } : {}),
    }),
  );
}

/** Hundreds of pages, one after the other, as fast as they come. */
function paging(world, at) {
  const { c } = world;
  const program = world.calm(at, ({ kind }) => kind === 'batch' || kind === 'service');
  if (program === null) return;
  const pages = Math.min(c.whole(80, 400), Math.round(rateAt(program, at) * 2) + 90);
  let when = at;
  times(pages, () => {
    when += c.between(250, 600);
    world.add(world.call(program, when, { method: 'GET', route: '/v1/invoices', bytes: 0 }));
  });
}

/** A deploy brings a poller: every minute or so, for good. */
function newPoller(world, at) {
  const { c } = world;
  const program = world.calm(at, ({ kind }) => kind === 'steady');
  if (program === null) return;
  const every = c.sized(25, 300) * 1_000;
  program.busyUntil = at + WEEK;
  for (let when = at; when < at + 5 * HOUR; when += every)
    world.add({ ...world.call(program, when, { method: 'GET', route: '/v1/customers', bytes: 0 }), responseBytes: 512 });
}

/** Somebody works quickly for some minutes. */
function burstOfWork(world, from) {
  const { c } = world;
  const program = anyOf(world);
  const at = inOffice(world, program, from);
  times(c.whole(5, 40), () => world.add(world.ordinary(program, at + c.random() * 10 * MINUTE)));
}

/** One of the two hosts that record has a clock that is some minutes off, until somebody notices. */
function skewedHost(world, at) {
  const { c } = world;
  world.host = { from: at, until: at + c.sized(2, 96) * HOUR, share: c.between(0.3, 0.6), skew: c.pick([-1, 1]) * c.sized(1, 12) * MINUTE };
}

export const lookAlikes = [
  deploy,
  deploy,
  deploy,
  natPool,
  backsOff,
  backsOff,
  newOffice,
  relabelled,
  rotation,
  waiting,
  paging,
  newPoller,
  burstOfWork,
  skewedHost,
];
