// A change of a person and its entry in the activity list are one: after kill -9 at random moments, of the API or of PostgreSQL, or when its
// connections are cut, there
// is neither a change without its entry nor an entry without its change, and every change that was answered is there.
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../stage.mjs';

const READY_MS = 120_000;
const scopes = ['invoices:read'];

/** One admin who changes things as fast as they are answered; a call that gets no answer may have happened or not. */
class Changer {
  answered = 0;
  unanswered = 0;
  /** Sentences such as `revoked key_...`: what the API has said is done. */
  done = [];
  #call = null;
  #number = 0;

  constructor(product, random, name) {
    Object.assign(this, { product, random, name });
  }

  async run(until) {
    while (!until()) {
      try {
        this.#call ??= await this.product.signIn();
        await this.#change(this.#call);
      } catch (error) {
        // Refused while the database is away, or cut off: then the product may be another one, at another address.
        this.unanswered += 1;
        this.lastError = error;
        if (error.cause !== undefined) this.#call = null;
        await this.product.ready().catch(() => undefined);
      }
    }
  }

  async #change(call) {
    const { random } = this;
    const tell = (what, id) => {
      this.answered += 1;
      this.done.push(`${what} ${id}`);
    };
    const key = await call('POST', '/v1/api-keys', { name: `${this.name} ${(this.#number += 1)}`, scopes });
    tell('api_key.created', key.id);
    if (random.below(2) === 0) {
      await call('POST', `/v1/api-keys/${key.id}/revoke`, { reason: 'faults' });
      tell('api_key.revoked', key.id);
    }
    const email = `${this.name}-${this.#number}@example.com`;
    const member = await call('POST', '/v1/members', { email, name: this.name, role: 'guest' });
    tell('member.invited', member.id);
    for (let changes = random.below(3); changes > 0; changes -= 1) {
      await call('PATCH', `/v1/members/${member.id}`, { role: changes === 2 ? 'admin' : 'member' });
      tell('member.role_changed', member.id);
    }
    if (random.below(3) > 0) return;
    await call('PATCH', '/v1/organization', { name: `${this.name} ${this.#number}` });
    tell('organization.updated', 'name');
  }
}

/** Each finds what stands on one side only. */
const halves = {
  'key without its entry': `select k.id from app.api_key k where (select count(*) from app.activity a where a.target_id = k.id and a.action = 'api_key.created') <> 1`,
  'entry without its key': `select a.id from app.activity a where a.action like 'api\\_key.%' and not exists (select from app.api_key k where k.id = a.target_id)`,
  'revocation and entry apart': `select k.id from app.api_key k where (k.revoked_at is not null)::int <> (select count(*) from app.activity a where a.target_id = k.id and a.action = 'api_key.revoked')`,
  'invitation without its entry': `select i.id from app.invitation i where (select count(*) from app.activity a where a.target_id = i.id and a.action = 'member.invited') <> 1`,
  'entry without its invitation': `select a.id from app.activity a where a.action = 'member.invited' and not exists (select from app.invitation i where i.id = a.target_id)`,
  'role and entry apart': `select i.id from app.invitation i where i.role is distinct from (select a.after ->> 'role' from app.activity a
     where a.target_id = i.id and a.action in ('member.invited', 'member.role_changed') order by a.occurred_at desc, a.id desc limit 1)`,
  'name and entry apart': `select o.id from app.organization o where exists (select from app.activity a where a.action = 'organization.updated')
     and o.name is distinct from (select a.after ->> 'name' from app.activity a where a.action = 'organization.updated' order by a.occurred_at desc, a.id desc limit 1)`,
}; // prettier-ignore

async function compare(stage, product, changers) {
  for (const [what, sql] of Object.entries(halves)) for (const { id } of await product.query(sql)) stage.find(what, id);
  const rows = await product.query(`select action, count(*)::int as entries from app.activity group by action`);
  const entries = new Map(rows.map(({ action, entries: count }) => [action, count]));
  for (const action of new Set(changers.flatMap(({ done }) => done.map((one) => one.split(' ')[0])))) {
    const answered = changers.flatMap(({ done }) => done).filter((one) => one.startsWith(`${action} `)).length; // prettier-ignore
    if (answered > (entries.get(action) ?? 0))
      stage.find('answered and gone', `${action}: ${answered} answers, ${entries.get(action) ?? 0} entries`);
  }
  return [...entries.values()].reduce((sum, count) => sum + count, 0);
}

/** Each cuts what is under way; the first costs nothing but that. */
const cuts = {
  async connections({ product }) {
    await product.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
  },
  async api({ product }) {
    await product.killApi();
    product.spawn();
  },
  async postgres({ product }) {
    product.killPostgres('SIGKILL');
    // The product notices a moment later, and is not ready until it has started another one.
    for (let waited = 0; (await product.isReady()) && waited < 40; waited += 1) await delay(50);
    await product.ready();
  },
};

export const activity = {
  about: 'kill -9 while keys, members and the organization are changed: a change and its entry are both there or neither',
  long: { cuts: { connections: 200, api: 60, postgres: 20 }, changes: 30, changers: 3 },
  short: { cuts: { connections: 12, api: 1 }, changes: 6, changers: 3 },
  async run(stage) {
    const { random, settings } = stage;
    const product = await stage.product();
    let over = false;
    const changers = Array.from({ length: settings.changers }, (_, at) => new Changer(product, random, `c${at}`));
    const running = changers.map((changer) => changer.run(() => over));
    const answered = () => changers.reduce((sum, one) => sum + one.answered, 0);
    const kinds = Object.entries(settings.cuts).flatMap(([kind, count]) => Array.from({ length: count }, () => kind));
    for (const kind of kinds) {
      const enough = answered() + random.between(1, settings.changes);
      if ((await until(() => answered() >= enough, READY_MS, 1)) === null) {
        stage.find('stuck', `no change is answered any more: ${changers[0].lastError}`);
        break;
      }
      // Not at the answer, but somewhere in the next change.
      await delay(random.below(25));
      await cuts[kind]({ product });
    }
    over = true;
    await Promise.all(running);
    await product.ready();
    const entries = await compare(stage, product, changers);
    stage.answered = answered();
    Object.assign(stage.figures, { cuts: Object.entries(settings.cuts).map(([kind, count]) => `${count} ${kind}`).join(', '), 'changes answered': answered(), 'calls without an answer': changers.reduce((sum, one) => sum + one.unanswered, 0), entries }); // prettier-ignore
    const code = await product.stop();
    if (code !== 0) stage.find('stop', `the product ended with ${code}`);
  },
};
