/** A week that is over: looked at once, told by mail, signed by an admin, and kept as evidence. */
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@pinebill/contract';
import { Clock } from '../platform/clock';
import { parseId } from '../platform/ids';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';
import { dateOf, WEEK_MS, weekBefore, type Week } from './week';
import { WeeklyReviewJobs } from './weekly-review.jobs';
import type { WeeklyDigest } from './weekly-reviews.dto';

let t: TestApp;
const week = weekBefore(new Date());
const inWeek = new Date(week.from.getTime() + 3 * 86_400_000);
beforeAll(async () => {
  t = await startTestApp(__filename);
  await t.sql(`update organization set created_at = now() - interval '90 days' where id = $1`, [organizations.home]);
  await t.sql(`update organization set created_at = $2 where id = $1`, [organizations.other, week.to]);
  await t.sql(
    `insert into finding (organization_id, id, detector, subject_kind, subject_ref, episode, severity, state, opened_at, began_at, ended_at, last_seen_at, count, facts, filter, samples)
     select $1, gen_random_uuid(), 'unauthorizedBurst', kind, '192.0.2.7', severity, severity, 'open', at, at, at, at, 1, '{}', '{}', '{}'
     from (values ('organization', 'low', $2::timestamptz), ('address', 'critical', $2), ('organization', 'high', $2 - interval '7 days')) f (kind, severity, at)`,
    [organizations.home, inWeek],
  );
  const key = await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Key', scopes: ['invoices:read'] } });
  await t.sql('update activity set occurred_at = $2 where target_id = $1', [parseId('key', key.json.id), inWeek]);
});
afterAll(() => t.close());

const list = async (as: 'admin' | 'member' | 'stranger' = 'member') => (await t.call('/v1/weekly-reviews', { as })).json.data;
const make = () => t.app.get(WeeklyReviewJobs).makeDue();

it('is made once of who was there, with what has happened, and told to the admins', async () => {
  await Promise.all([make(), make()]);
  await make();
  const [review, ...others] = await list();
  expect([others, await list('stranger')]).toEqual([[], []]);
  expect(review).toMatchObject({ from: week.from.toISOString(), to: week.to.toISOString(), overdue: false, signature: null, attention: 2 });
  const { json } = await t.call(`/v1/weekly-reviews/${review.id}`, { as: 'member' });
  expect(json.digest).toMatchObject({
    traffic: { requests: 0, clientErrors: 0, serverErrors: 0 },
    trafficBefore: { requests: 0 },
    changes: [{ action: 'api_key.created', count: 1 }],
    hygiene: { keys: 1 },
    incidents: { opened: 0, open: [] },
  });
  // Beside others the requests of nobody are for the admins of home alone: members read this, and find what is counted.
  const { list: listed, openList, ...counts } = json.digest.findings;
  expect(counts).toEqual({ opened: 1, openedBefore: 1, open: 2, openGrave: 1, more: 0, openMore: 0, leftOut: 1 });
  expect(openList.map(({ severity }: { severity: string }) => severity)).toEqual(['high', 'low']);
  expect(json.digest.attention).toEqual(['1 grave finding is open.', '1 other finding is open.']);
  expect(json.digest.period).toEqual({ from: week.from.toISOString(), to: week.to.toISOString() });
  expect(listed).toEqual([
    expect.objectContaining({ title: expect.any(String), subject: 'The organization', severity: 'low', state: 'open' }),
  ]);
  expect(JSON.stringify(json)).not.toContain('192.0.2.7');
  const mails = await t.sql<{ subject: string; body: string }>('select subject, body from mail_outbox');
  expect(mails).toEqual([
    { subject: expect.stringMatching(/^The week of .*: 2 to look at$/), body: expect.stringContaining(`/#/weekly-reviews/${review.id}`) },
  ]);
});

it('is overdue when nobody signs, signed by an admin with a note, once, and then evidence that anybody can check', async () => {
  await t.sql(`update weekly_review set due_at = now() - interval '1 hour'`);
  const [{ id, overdue }] = await list();
  expect(overdue).toBe(true);
  const sign = (as: 'admin' | 'member' | 'stranger', body: object = {}) => t.call(`/v1/weekly-reviews/${id}/sign`, { as, body });
  expect([(await sign('member')).status, (await sign('stranger')).status]).toEqual([403, 404]);
  const both = await Promise.all([sign('admin', { note: ' The burst was a deploy. ' }), sign('admin', { note: 'Again' })]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const [review] = await list();
  const choose = async (signed: string) => (await t.call(`/v1/weekly-reviews?signed=${signed}`, { as: 'member' })).json.data;
  expect([await choose('false'), await choose('true')]).toEqual([[], [review]]);
  expect(review).toMatchObject({ overdue: false, signature: { signedBy: 'A admin', note: expect.any(String) } });
  const { json: kept } = await t.call(`/v1/reviews/${review.signature.reviewId}`, { as: 'member' });
  const { digest } = (await t.call(`/v1/weekly-reviews/${id}`, { as: 'admin' })).json;
  expect(kept).toMatchObject({
    kind: 'weekly',
    people: 0,
    concerns: 2,
    snapshot: { ...digest, weeklyReviewId: id, signedBy: { name: 'A admin' } },
  });
  const hash = createHash('sha256').update(canonicalJson(kept.snapshot as Json)).digest('hex'); // prettier-ignore
  expect([hash, review.signature.sha256]).toEqual([kept.sha256, kept.sha256]);
  const kinds = async (query: string) =>
    (await t.call(`/v1/reviews${query}`, { as: 'member' })).json.data.map(({ kind }: { kind: string }) => kind);
  expect([await kinds(''), await kinds('?kind=access'), await kinds('?kind=weekly')]).toEqual([['weekly'], [], ['weekly']]);
  // The review of access knows nothing of it.
  expect((await t.call('/v1/access-review', { as: 'member' })).json.lastReview).toBeNull();
});

const weekly = (weeksAgo: number): Date => new Date(week.from.getTime() - weeksAgo * WEEK_MS);
const digestOf = async (from: Date) =>
  (await t.sql<{ digest: WeeklyDigest }>('select digest from weekly_review where organization_id = $1 and week = $2', [organizations.home, dateOf(from)]))[0]?.digest; // prettier-ignore

it('is made of what the plan shows, says of what that is, and is compared with the review of the week before', async () => {
  await t.sql('delete from weekly_review');
  await t.sql(`update organization set plan = 'starter' where id = $1`, [organizations.home]);
  const clock = jest.spyOn(t.app.get(Clock), 'now');
  try {
    const keep = (from: Date, requests: number) =>
      t.sql(
        `insert into weekly_review (organization_id, id, week, digest, attention, made_at, due_at) values ($1, gen_random_uuid(), $2, $3, 0, $4, $4)`,
        [
          ...[organizations.home, dateOf(from)],
          JSON.stringify({ traffic: { requests, clientErrors: 0, serverErrors: 0 } }),
          new Date(from.getTime() + WEEK_MS + 7 * 60_000),
        ],
      );
    await keep(weekly(1), 400);
    clock.mockReturnValue(new Date(week.to.getTime() + 7 * 60_000));
    await make();
    const begins = new Date(week.from.getTime() + 7 * 60_000).toISOString();
    expect(await digestOf(week.from)).toMatchObject({ period: { from: begins }, trafficBefore: { requests: 400 } });
    expect((await digestOf(week.from))?.attention).toContain('There were 0 requests, after 400 the week before.');
    // On Thursday half of it is gone, and nothing is to be compared with the rest.
    await t.sql('delete from weekly_review where week = $1', [dateOf(week.from)]);
    clock.mockReturnValue(new Date(week.to.getTime() + 3 * 86_400_000));
    await make();
    expect(await digestOf(week.from)).toMatchObject({ period: { from: new Date(week.from.getTime() + 3 * 86_400_000).toISOString() }, trafficBefore: null }); // prettier-ignore
  } finally {
    clock.mockRestore();
    await t.sql(`update organization set plan = 'enterprise' where id = $1`, [organizations.home]);
  }
});

it('is made up for where weeks were missed, eight at the most, for however many organizations, and one that fails keeps none from theirs', async () => {
  await t.sql('delete from weekly_review');
  await t.sql(
    `insert into weekly_review (organization_id, id, week, digest, attention, made_at, due_at) values ($1, gen_random_uuid(), $2, '{}', 0, now(), now())`,
    [organizations.home, dateOf(weekly(11))],
  );
  const ids = await t.sql<{ id: string }>(
    `insert into organization (id, name, plan, created_at) select gen_random_uuid(), 'Crowd ' || n, 'starter', now() - interval '90 days' from generate_series(1, 205) n returning id`,
  );
  type Makes = { make(id: string, week: Week): Promise<void> };
  const job: unknown = t.app.get(WeeklyReviewJobs);
  const asked: string[] = [];
  // Who is asked for is what this is about; making 205 of them takes its time.
  const spy = jest.spyOn(job as Makes, 'make').mockImplementation((id, { from }) => {
    asked.push(`${id} ${dateOf(from)}`);
    return id === ids[0]?.id ? Promise.reject(Object.assign(new Error('a deadlock that was lost'), { code: '40P01' })) : Promise.resolve();
  });
  await make();
  spy.mockRestore();
  const missed = [7, 6, 5, 4, 3, 2, 1, 0].map((ago) => dateOf(weekly(ago)));
  expect(asked.filter((one) => one.startsWith(organizations.home)).map((one) => one.split(' ')[1])).toEqual(missed);
  expect(new Set(asked.filter((one) => !one.startsWith(organizations.home)))).toEqual(new Set(ids.map(({ id }) => `${id} ${missed[7]}`)));
  await t.sql('delete from organization where id = any($1)', [ids.map(({ id }) => id)]);
  await make();
  expect((await list()).filter(({ overdue }: { overdue: boolean }) => !overdue)).toHaveLength(8);
});
