// kill -9 of the API while alerts open, are told, are delivered and are seen to: in the end every alert that had to open is there once, and each of its events has arrived at
// the receivers that live, under one id, with one body, signed; a receiver that is dead all the time has held up nobody.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Receiver } from '../receiver.mjs';
import { uuidOf } from '../requests.mjs';
import { seconds, until } from '../stage.mjs';
import { checkTold } from '../told.mjs';
import { plan } from './kills.mjs';

const THRESHOLD = 4;
/** Longer than a run: all calls of an address are in one window, and an address has one alert of a rule. */
const WINDOW_MINUTES = 120;
/** A rule has room for 200 that are open. */
const MOST_ADDRESSES = 190;
const FOR_ITS_MOMENT_MS = 45_000;
const ANYTIME_MS = 14_000;
const MOST_PASSED = 16;
/** What a killed process had taken is taken again after a minute; what failed as well, after five. */
const RESTS_WITHIN_MS = 15 * 60_000;
/** The dead channel is waited for ten seconds each time. Somebody who stood behind all that waits there would wait for as many as there are. */
const DEAD_MEANWHILE = 12;

const ready = (product) => product.ready().catch(() => undefined);

/** Calls with a key from many addresses, each so often that it fires, or one time too few; and now and then from one that has fired. */
class Callers {
  addresses = 0;
  #fired = [];

  constructor(product, secret, random) {
    Object.assign(this, { product, secret, random });
  }

  async run(until) {
    while (!until()) {
      const few = this.random.below(8) === 0;
      const again = this.#fired.length > 0 && (this.addresses >= MOST_ADDRESSES || this.random.below(4) === 0);
      if (again) await this.burst(this.random.pick(this.#fired), THRESHOLD);
      else await this.fromNew(few ? THRESHOLD - 1 : 2 * THRESHOLD);
      // Sometimes several addresses between two looks at the log, sometimes one.
      await delay(this.random.below(6_000));
    }
  }

  async fromNew(calls) {
    const address = `198.18.${this.addresses >> 8}.${this.addresses & 255}`;
    this.addresses += 1;
    if (calls >= THRESHOLD) this.#fired.push(address);
    await this.burst(address, calls);
  }

  async burst(address, calls) {
    await ready(this.product);
    const headers = { authorization: `Bearer ${this.secret}`, 'user-agent': 'faults', 'x-forwarded-for': address };
    const call = () => fetch(`${this.product.url}/v1/invoices/inv_nope`, { headers }).then((answer) => answer.arrayBuffer(), () => undefined); // prettier-ignore
    await Promise.all(Array.from({ length: calls }, call));
  }
}

/** Somebody who sees to alerts: those who were told hear of it. */
class Admin {
  answered = [];
  #call = null;

  constructor(product, random) {
    Object.assign(this, { product, random });
  }

  async run(until) {
    while (!until()) {
      await delay(this.random.below(2_500));
      await ready(this.product);
      try {
        this.#call ??= await this.product.signIn();
        const { data } = await this.#call('GET', '/v1/alerts?state=open&limit=100');
        if (data.length === 0) continue;
        const { id } = this.random.pick(data);
        const what = this.random.pick(['acknowledge', 'resolve']);
        await this.#call('POST', `/v1/alerts/${id}/${what}`, what === 'resolve' ? { resolution: 'faults' } : undefined);
        this.answered.push({ id: uuidOf(id), state: what === 'resolve' ? 'resolved' : 'acknowledged' });
      } catch (error) {
        // Cut off by the kill: it happened, or it did not.
        this.lastError = error;
      }
    }
  }
}

/** So many are there; each is what a transaction has just committed when it grows. */
const counts = {
  opened: 'select count(*)::int as count from app.alert',
  told: 'select count(*)::int as count from app.alert where told_at is not null',
  queued: `select count(*)::int as count from app.notification where event = 'alert.opened'`,
};

/** Each resolves at a moment of its kind; false: it did not come. */
const moments = {
  anytime: ({ random }) => delay(random.below(ANYTIME_MS), true),
  /** Between the opening of an alert and its telling, while others open. */
  opened: (world) => grows(world, 'opened', 60),
  /** While alerts are told: at once, or in one of the next. */
  told: (world) => grows(world, 'told', 30),
  /** Between the telling and the first delivery, or in one. */
  queued: (world) => grows(world, 'queued', 60),
  /** A receiver has read all of it, and has not answered. */
  read: (world) => comes(world, 'read'),
  /** A receiver has answered well, and the product hardly had the time to note that down. */
  answered: (world) => comes(world, 'answered'),
};

/** Asked as often as the database answers, on one connection. */
async function grows({ product, random }, what, withinMs) {
  const client = new pg.Client({ connectionString: product.urls.ownerUrl });
  await client.connect();
  const count = async () => (await client.query(counts[what])).rows[0].count;
  const before = await count();
  const came = await until(async () => (await count()) > before, FOR_ITS_MOMENT_MS, 2);
  await delay(random.below(withinMs));
  product.child.kill('SIGKILL');
  await client.end();
  return came !== null;
}

/** Behind so many that are let pass. */
async function comes({ receiver, product, random }, what) {
  let came = false;
  const leave = receiver.next(what, random.below(MOST_PASSED), () => {
    came = true;
    product.child.kill('SIGKILL');
  });
  await until(() => came, FOR_ITS_MOMENT_MS, 5);
  leave();
  return came;
}

async function killAgainAndAgain({ stage, product, receiver }) {
  const { random, settings } = stage;
  const kinds = plan(settings.kills);
  let missed = 0;
  for (const [number, kind] of kinds.entries()) {
    const came = await moments[kind]({ product, receiver, random });
    await product.killApi();
    receiver.release();
    if (!came) missed += 1;
    product.spawn();
    await product.ready();
    const [{ count }] = await product.query(counts.opened);
    stage.log(
      `${number + 1}/${kinds.length} ${kind}${came ? '' : ' (did not come)'}: ${count} alerts, ${receiver.arrivals.length} arrivals`,
    );
  }
  return `${Object.entries(settings.kills).map(([kind, number]) => `${number} ${kind}`).join(', ')}${missed === 0 ? '' : `; ${missed} not at their moment`}`; // prettier-ignore
}

/** Channels by the names of their receivers, and rules that are alike: what fires one fires all. */
async function prepare(product, receiver, settings) {
  const call = await product.signIn();
  const channels = {};
  for (const manner of ['steady', 'fickle', 'dead']) {
    const { id, secret } = await call('POST', '/v1/channels', { name: manner, kind: 'webhook', url: receiver.url(manner) });
    receiver.add(manner, { secret, manner });
    channels[manner] = { id, uuid: uuidOf(id) };
  }
  for (let rule = 0; rule < settings.rules; rule += 1)
    await call('POST', '/v1/alert-rules', {
      ...{ kind: 'filter', name: `Faults ${rule}`, filter: { status: '404' }, groupBy: 'ip', severity: 'high' },
      ...{ threshold: THRESHOLD, windowMinutes: WINDOW_MINUTES, coolDownMinutes: WINDOW_MINUTES },
      channelIds: Object.values(channels).map(({ id }) => id),
      ...(rule % 4 === 0 && { escalation: { afterMinutes: 1, channelIds: [channels.steady.id], mailAdmins: false } }),
    });
  return channels;
}

const unrest = `select (select count(*) from app.alert_rule r join app.audit_head h using (organization_id) where r.through_sequence < h.sequence)
  + (select count(*) from app.alert where tell_at is not null or escalate_at is not null)
  + (select count(*) from app.notification n join app.channel c on c.organization_id = n.organization_id and c.id = n.channel_id where n.state = 'queued' and c.name <> 'dead') as left`;

async function rest({ stage, product }) {
  const took = await until(async () => Number((await product.query(unrest))[0].left) === 0, RESTS_WITHIN_MS, 500);
  if (took === null) stage.find('no rest', 'something is still to be counted, told or delivered');
  return took;
}

/** With all that waits for the dead channel, one more alert: how many times that channel is tried until it has come. */
async function pass({ stage, product, receiver, callers }, channels) {
  const tried = async () =>
    (await product.query(`select count(*)::int as count from app.delivery_attempt a join app.notification n on n.organization_id = a.organization_id and n.id = a.notification_id
       where n.channel_id = $1`, [channels.dead.uuid]))[0].count; // prettier-ignore
  const [before, arrived] = [await tried(), receiver.of('steady').length];
  await callers.fromNew(2 * THRESHOLD);
  const took = await until(() => receiver.of('steady').length >= arrived + stage.settings.rules, RESTS_WITHIN_MS, 20);
  const meanwhile = (await tried()) - before;
  if (took === null) stage.find('held up', 'an alert does not come while another channel is dead');
  else if (meanwhile > DEAD_MEANWHILE) stage.find('held up', `the dead channel was tried ${meanwhile} times before an alert came`);
  return { took, meanwhile };
}

async function checkDead({ stage, product, receiver }, { dead }) {
  const states = await product.query(
    `select n.state, count(*)::int as count, count(*) filter (where exists (select from app.delivery_attempt a where a.organization_id = n.organization_id
       and a.notification_id = n.id and a.error is not null))::int as failed from app.notification n where n.channel_id = $1 group by 1`,
    [dead.uuid],
  );
  const call = await product.signIn();
  const { failingSince } = await call('GET', `/v1/channels/${dead.id}`);
  const { data } = await call('GET', `/v1/channels/${dead.id}/deliveries?limit=100`);
  if (states.some(({ state }) => state !== 'queued'))
    stage.find('dead', `deliveries to it are ${states.map(({ state }) => state).join(', ')}`);
  if (failingSince === null) stage.find('dead', 'the channel does not say that it fails');
  if (!data.every(({ state, attempts }) => state === 'queued' && attempts.every(({ error }) => error !== null))) stage.find('dead', 'its log tells of a delivery that went through'); // prettier-ignore
  const [waiting, failed] = [states.reduce((sum, one) => sum + one.count, 0), states.reduce((sum, one) => sum + one.failed, 0)];
  if (failed === 0 || receiver.of('dead').length === 0) stage.find('dead', 'it was not tried');
  return `${waiting} wait, ${failed} of them tried in vain`;
}

const rows = {
  alerts: `select id, rule_id as rule, group_key as group, state, told_at as "toldAt", told_channels as "toldChannels", tell_at is not null or escalate_at is not null as due from app.alert`,
  events: 'select alert_id as alert, kind, data from app.alert_event',
  notifications: `select id, channel_id as channel, event, data ->> 'id' as alert, state, tries, created_at as at from app.notification`,
  calls: `select host(ip) as group, count(*)::int as calls from app.audit_record where status = 404 and user_agent = 'faults' group by 1`,
  rules: 'select id, held_back, failing_since, last_error from app.alert_rule',
};

async function compare({ stage, product, receiver, admin }, channels) {
  const stored = {};
  for (const [name, sql] of Object.entries(rows)) stored[name] = await product.query(sql);
  const { alerts, rules } = stored;
  const notifications = stored.notifications.map((one) => ({ ...one, alert: uuidOf(one.alert) }));
  const living = [channels.steady.uuid, channels.fickle.uuid];
  const arrivals = receiver.arrivals
    .filter(({ channel }) => channel !== 'dead')
    .map((one) => ({ ...one, channel: channels[one.channel].uuid }));
  const { findings, expected } = checkTold({
    ...stored,
    notifications,
    arrivals,
    living,
    threshold: THRESHOLD,
    rules: rules.map(({ id }) => id),
  });
  stage.findings.push(...findings);
  for (const { held_back: held, failing_since: failing, last_error: error } of rules)
    if (held || failing !== null) stage.find('rule', `held back ${held}, failing since ${failing}: ${error}`);
  const states = new Map(alerts.map(({ id, state }) => [id, state]));
  for (const { id, state } of admin.answered)
    if (states.get(id) !== state && states.get(id) !== 'resolved') stage.find('answered and gone', `${id} was ${state}, and is ${states.get(id)}`); // prettier-ignore

  const times = new Map();
  for (const one of arrivals) times.set(uuidOf(one.id), [...(times.get(uuidOf(one.id)) ?? []), one]);
  const several = [...times.values()].filter((list) => list.length > 1);
  const taken = several.filter((list) => list.slice(0, -1).some(({ answer }) => answer === 200));
  if (several.length === 0) stage.find('nothing', 'no notification came twice: the run says less than it should');
  const late = notifications.flatMap(({ id, at }) => (times.has(id) ? [times.get(id)[0].at - at.getTime()] : []));
  late.sort((a, b) => a - b);
  stage.answered = arrivals.length;
  Object.assign(stage.figures, {
    alerts: alerts.length,
    'events told to living channels': expected,
    'arrivals, of them again, again after it was taken': `${arrivals.length}, ${arrivals.length - times.size}, ${taken.length}`,
    'seen to by an admin': admin.answered.length,
    'first arrival after it was queued, p50, p99, most': [0.5, 0.99, 1].map((share) => seconds(late[Math.min(late.length - 1, Math.floor(late.length * share))])).join(', '), // prettier-ignore
  });
}

export const alerts = {
  about: 'kill -9 while alerts open, are told and are delivered: every event arrives, under one id, and a dead receiver holds up nobody',
  long: { kills: { anytime: 6, opened: 6, told: 8, queued: 6, read: 7, answered: 7 }, rules: 12 },
  short: { kills: { opened: 1, told: 1, read: 1, answered: 1 }, rules: 5 },
  async run(stage) {
    const server = await stage.server();
    const receiver = new Receiver(stage.random);
    const port = await receiver.listen();
    stage.atEnd(() => receiver.end());
    const environment = { PINEBILL_OUTBOUND_ALLOWED_NETWORKS: '127.0.0.1/32', PINEBILL_OUTBOUND_ALLOWED_PORTS: String(port) };
    const product = await stage.product({ main: stage.settings.main, urls: server.urls(), environment });
    const { secret } = await product.mint();
    const channels = await prepare(product, receiver, stage.settings);
    const callers = new Callers(product, secret, stage.random);
    const admin = new Admin(product, stage.random);
    const world = { stage, product, receiver, callers, admin };
    let over = false;
    const running = [callers, admin].map((one) => one.run(() => over));
    const kills = await killAgainAndAgain(world);
    over = true;
    await Promise.all(running);
    await product.shipped();
    const rested = await rest(world);
    const { took, meanwhile } = await pass(world, channels);
    await rest(world);
    Object.assign(stage.figures, { kills, addresses: callers.addresses, 'rested after': seconds(rested) });
    await compare(world, channels);
    Object.assign(stage.figures, {
      'dead channel': await checkDead(world, channels),
      'one more alert came at the living channel after': `${seconds(took)}, in which the dead one was tried ${meanwhile} times`,
    });
    const code = await product.stop();
    if (code !== 0) stage.find('stop', `the product ended with ${code}: ${product.output.slice(-1_000)}`);
  },
};
