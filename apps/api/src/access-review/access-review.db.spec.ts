import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@pinebill/contract';
import { typeId } from '../platform/ids';
import { organizations, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';
import type { AccessReview } from './access-review.dto';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
  await leaveAKeyBehind();
});
afterAll(() => t.close());

const FORMER = '01930000-0000-7000-8000-0000000000f1';
const review = async (): Promise<AccessReview> => (await t.call('/v1/access-review', { as: 'member' })).json as AccessReview;
const sign = (body: object = {}): Promise<Answer> => t.call('/v1/reviews', { as: 'admin', body: { kind: 'access', ...body } });
const mint = async (name: string, body: object = {}): Promise<{ id: string }> =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name, scopes: ['invoices:read'], ...body } })).json;

/** Of somebody who is no member any more; one was revoked since, one has expired. */
async function leaveAKeyBehind(): Promise<void> {
  for (const [name, dead] of [
    ['Left behind', null],
    ['Revoked', 'revoked_at'],
    ['Expired', 'expires_at'],
  ] as const)
    // prettier-ignore
    await t.sql(
      `insert into api_key (organization_id, id, name, secret_hash, last4, scopes, created_by, created_by_name, created_at, ${dead ?? 'team'})
       values ($1, gen_random_uuid(), $2, decode(md5($2), 'hex'), 'x7f2', '{invoices:write}', $3, 'Fay Former', now() - interval '300 days', ${dead ? `now() - interval '1 day'` : 'null'})`,
      [organizations.home, name, FORMER],
    );
}

describe('GET /v1/access-review', () => {
  it('answers who has access, who made, rotated and revoked which key, and who left', async () => {
    const first = await mint('First');
    const second = await mint('Second', { replaces: first.id });
    await t.call(`/v1/api-keys/${first.id}/revoke`, { as: 'admin', body: { reason: 'replaced' } });
    await t.call('/v1/members', { as: 'admin', body: { email: 'new@example.com', name: 'Nora New', role: 'admin' } });
    const { people: seen, keys } = await review();
    expect(seen.map(({ name, state, access }) => [name, state, access])).toEqual([
      ['A admin', 'active', 'manage'],
      ['Nora New', 'invited', 'none'],
      ['A member', 'active', 'read'],
      ['A guest', 'active', 'none'],
      ['Fay Former', 'left', 'none'],
    ]);
    expect(seen[0]).toMatchObject({ userId: typeId('usr', people.admin.id), keysMade: 1, keysRotated: 1, keysRevoked: 1, lastSignInAt: expect.any(String) });
    expect(seen[4]).toMatchObject({ userId: typeId('usr', FORMER), email: null, role: null, keysMade: 1 });
    expect(keys.map(({ name, createdBy, replaces }) => [name, createdBy.name, createdBy.state, replaces?.name ?? null])).toEqual([
      ['Left behind', 'Fay Former', 'left', null],
      ['Second', 'A admin', 'active', 'First'],
    ]);
    expect(keys[1]?.id).toBe(second.id);
  }); // prettier-ignore

  it('says what stands out', async () => {
    const { concerns } = await review();
    expect(concerns.map(({ code, subject }) => [code, subject])).toEqual(
      expect.arrayContaining([['single_admin', 'A admin'], ['admin_invited', 'Nora New'], ['key_of_former_member', 'Left behind']]), // prettier-ignore
    );
    await t.sql('update membership set suspended_at = now() where user_id = $1', [people.admin.id]);
    const [, suspended] = (await review()).keys;
    await t.sql('update membership set suspended_at = null where user_id = $1', [people.admin.id]);
    expect(suspended?.createdBy.state).toBe('suspended');
  });

  it('names who rotated as the one who knows the secret, not who made the key before; that settles a key left behind', async () => {
    const rotatedBefore = (await review()).people[0]!.keysRotated;
    const left = (await review()).keys.find(({ name }) => name === 'Left behind')!;
    const rotated = await t.call(`/v1/api-keys/${left.id}/rotate`, { as: 'admin', body: { name: 'Taken over', overlapSeconds: 0 } });
    expect(rotated.json.createdBy.name).toBe('Fay Former');
    const { people: seen, keys, concerns } = await review();
    expect(keys.find(({ name }) => name === 'Taken over')!.createdBy).toEqual({ id: typeId('usr', people.admin.id), name: 'A admin', state: 'active' }); // prettier-ignore
    expect([seen[0]!.keysRotated - rotatedBefore, seen.some(({ name }) => name === 'Fay Former')]).toEqual([1, false]);
    expect(concerns.map(({ code }) => code)).not.toContain('key_of_former_member');
    await t.call(`/v1/api-keys/${rotated.json.id}/revoke`, { as: 'admin', body: { reason: 'done' } });
  });

  it('shows no secret and no hash, and nothing of another organization', async () => {
    const text = JSON.stringify(await review());
    expect(text).not.toMatch(/secret_hash|password|"secret"/);
    const { json } = await t.call('/v1/access-review', { as: 'stranger' });
    expect([json.people.map(({ name }: { name: string }) => name), json.keys]).toEqual([['A stranger'], []]);
  });

  it('is due 90 days after the organization began, then 90 days after each signature', async () => {
    expect((await review()).overdue).toBe(false);
    await t.sql(`update organization set created_at = now() - interval '91 days' where is_home`);
    expect(await review()).toMatchObject({ overdue: true, lastReview: null });
    const { json } = await sign();
    expect(await review()).toMatchObject({ overdue: false, lastReview: { id: json.id, sha256: json.sha256 } });
  });
});

describe('POST /v1/reviews', () => {
  it('keeps what was there with its hash, which anybody can make again', async () => {
    const { basis, people: seen, keys, concerns } = await review();
    const answer = await sign({ note: '  Replaced by Friday. ', basis });
    expect([answer.status, answer.headers.get('location')]).toEqual([201, `/v1/reviews/${answer.json.id}`]);
    expect(answer.json).toMatchObject({
      kind: 'access',
      note: 'Replaced by Friday.',
      signedBy: { id: typeId('usr', people.admin.id), name: 'A admin' },
      snapshot: { organization: { name: 'Home' }, reviewId: answer.json.id, people: seen, keys, concerns },
    });
    expect(
      createHash('sha256')
        .update(canonicalJson(answer.json.snapshot as Json))
        .digest('hex'),
    ).toBe(answer.json.sha256);
    const read = await t.call(`/v1/reviews/${answer.json.id}`, { as: 'member' });
    expect([read.status, read.json]).toEqual([200, answer.json]);
    const [entry] = await t.sql(`select action, target_type, after from activity where action = 'review.signed' order by id desc limit 1`);
    expect(entry).toMatchObject({ target_type: 'review', after: { kind: 'access', sha256: answer.json.sha256 } });
  });

  it('refuses to sign what has changed since, and only then', async () => {
    const before = await review();
    await t.signIn('member');
    expect((await review()).basis).toBe(before.basis);
    await t.sql(`insert into second_factor (user_id, secret, created_at, confirmed_at) values ($1, 'x', now(), now())`, [people.admin.id]);
    expect((await sign({ basis: before.basis })).json.code).toBe('review_outdated');
    await t.sql('delete from second_factor where user_id = $1', [people.admin.id]);
    await mint('Meanwhile');
    expect(await sign({ basis: before.basis })).toMatchObject({ status: 409, json: { code: 'review_outdated' } });
    expect((await sign({ basis: (await review()).basis })).status).toBe(201);
  });

  it.each([
    ['another kind', { kind: 'everything' }, '/kind'],
    ['a note without words', { note: ' ' }, '/note'],
    ['a basis that is none', { basis: 'x' }, '/basis'],
  ])('refuses %s', async (_, body, pointer) => {
    const answer = await sign(body);
    expect([answer.status, answer.json.issues[0].pointer]).toEqual([400, pointer]);
  });

  it('cannot be undone or altered, not even by a wrong hash at its birth', async () => {
    await expect(
      t.sql(`insert into review (organization_id, id, kind, signed_at, signed_by, signed_by_name, snapshot, sha256)
        select organization_id, gen_random_uuid(), kind, signed_at, signed_by, signed_by_name, snapshot || ' ', sha256 from review limit 1`),
    ).rejects.toThrow('review_hash');
  });
});

describe('GET /v1/reviews', () => {
  it('pages through them, newest first, without the snapshots', async () => {
    await sign();
    const first = await t.call('/v1/reviews?limit=1', { as: 'member' });
    const second = await t.call(`/v1/reviews?limit=200&cursor=${first.json.nextCursor}`, { as: 'member' });
    const all = [...first.json.data, ...second.json.data] as { signedAt: string; snapshot?: object; people: number }[];
    expect(all.length).toBeGreaterThanOrEqual(3);
    expect(all.map(({ signedAt }) => signedAt)).toEqual([...all.map(({ signedAt }) => signedAt)].sort().reverse());
    expect(all.every(({ snapshot, people: counted }) => snapshot === undefined && counted > 0)).toBe(true);
    expect((await t.call('/v1/reviews', { as: 'stranger' })).json.data).toEqual([]);
  });
});
