/** A week that is over: looked at once, told by mail, signed by an admin, and kept as evidence. */
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@pinebill/contract';
import { parseId } from '../platform/ids';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';
import { weekBefore } from './week';
import { WeeklyReviewJobs } from './weekly-review.jobs';

let t: TestApp;
const week = weekBefore(new Date());
const inWeek = new Date(week.from.getTime() + 3 * 86_400_000);
beforeAll(async () => {
  t = await startTestApp(__filename);
  await t.sql(`update organization set created_at = now() - interval '60 days' where id = $1`, [organizations.home]);
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
  // Beside others the requests of nobody are for the admins of home alone: members read this.
  const { list: listed, ...counts } = json.digest.findings;
  expect(counts).toEqual({ opened: 2, openedBefore: 1, open: 3, openGrave: 2, leftOut: 1 });
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
  expect(hash).toBe(kept.sha256);
  const kinds = async (query: string) =>
    (await t.call(`/v1/reviews${query}`, { as: 'member' })).json.data.map(({ kind }: { kind: string }) => kind);
  expect([await kinds(''), await kinds('?kind=access'), await kinds('?kind=weekly')]).toEqual([['weekly'], [], ['weekly']]);
  // The review of access knows nothing of it.
  expect((await t.call('/v1/access-review', { as: 'member' })).json.lastReview).toBeNull();
});
