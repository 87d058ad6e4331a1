/** From where keys may call, over HTTP: addresses come by X-Forwarded-For of a proxy that is trusted, and countries from the offline database. */
import { organizations, startTestApp, type Call, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename, { audit: { mode: 'durable', trustedProxies: ['127.0.0.1/32'], maxJournalBytes: null } });
});
afterAll(() => t.close());
afterEach(async () => {
  await t.sql(`update organization set plan = 'enterprise', allowed_cidrs = null, allowed_countries = null, denied_countries = null`);
});

const american = '8.8.8.8';
const americanV6 = '2600::';
const british = '81.2.69.142';
const nowhere = '10.1.2.3';

let count = 0;
const mint = async (fields: object = {}) => {
  const answer = await t.call('/v1/api-keys', { as: 'admin', body: { name: `Key ${++count}`, scopes: ['invoices:read'], ...fields } });
  return { ...answer, id: answer.json.id as string, secret: answer.json.secret as string };
};
const from = async (ip: string, key: string, options: Call = {}): Promise<string> => {
  const answer = await t.call('/v1/invoices', { ...options, key, headers: { 'x-forwarded-for': ip, ...options.headers } });
  return answer.status === 200 ? 'in' : `${answer.status} ${answer.json.code as string}`;
};
const verdicts = async (key: string, ...ips: string[]): Promise<string[]> => {
  const found = [];
  for (const ip of ips) found.push(await from(ip, key));
  return found;
};
const patch = (id: string, body: object, as: 'admin' | 'member' = 'admin') => t.call(`/v1/api-keys/${id}`, { as, method: 'PATCH', body });
/** Confirmed: what the spec called before is recent. */
const restrict = (body: object, as: 'admin' | 'member' | 'guest' | 'stranger' = 'admin') =>
  t.call('/v1/restrictions', { as, method: 'PUT', body: { confirm: true, ...body } });
const rows = async (query: string) => {
  for (let tries = 0; tries < 500; tries++) {
    const { json } = await t.call(`/v1/audit-logs?${query}`, { as: 'admin' });
    if (json.data.length > 0) return json.data;
  }
  throw new Error('no record');
};
const [outside, abroad] = ['403 ip_not_allowed', '403 country_not_allowed'];

describe('the networks of a key', () => {
  it('are IPv4, IPv6, and IPv4 in its mapped form; the refusal is on the record', async () => {
    const { json, secret } = await mint({ allowedCidrs: ['10.1.9.9/16', '10.1.0.0/16', '2600::/32', '::ffff:192.0.2.0/120'] });
    expect(json.allowedCidrs).toEqual(['10.1.0.0/16', '2600::/32', '192.0.2.0/24']);
    expect(await verdicts(secret, nowhere, `::ffff:${nowhere}`, americanV6, '192.0.2.9')).toEqual(['in', 'in', 'in', 'in']);
    expect(await verdicts(secret, '10.2.0.1', '2001:db8::1', '::ffff:192.0.3.1')).toEqual([outside, outside, outside]);
    const refused = await rows('reason=ip_not_allowed&ip=10.2.0.1');
    expect(refused[0]).toMatchObject({ status: 403, reason: 'ip_not_allowed', ip: '10.2.0.1', apiKey: { id: json.id } });
  });
});

describe('the countries of a key', () => {
  it.each([
    ['the allowed ones only, an unknown one among the others', { allowedCountries: ['US'] }, ['in', 'in', abroad, abroad]],
    ['an unknown one as well, when that is chosen', { allowedCountries: ['US'], unknownCountry: 'allow' }, ['in', 'in', abroad, 'in']],
    ['all but the denied ones', { deniedCountries: ['US'] }, [abroad, abroad, 'in', 'in']],
    ['no unknown one, when that is chosen', { deniedCountries: ['US'], unknownCountry: 'refuse' }, [abroad, abroad, 'in', abroad]],
    ['what is denied, although it is allowed', { allowedCountries: ['US', 'GB'], deniedCountries: ['US'] }, [abroad, abroad, 'in', abroad]],
  ])('let in %s', async (_, fields, expected) => {
    const { secret } = await mint(fields);
    expect(await verdicts(secret, american, americanV6, british, nowhere)).toEqual(expected);
  });

  it('come after 401, 404 of a route and a body that is no JSON, and before a missing scope', async () => {
    const { secret } = await mint({ allowedCountries: ['GB'] });
    const headers = { 'x-forwarded-for': american };
    const code = async (path: string, call: Call = {}) => (await t.call(path, { key: secret, headers, ...call })).json.code as string;
    expect(await code('/v1/nothing')).toBe('route_not_found');
    expect(await code('/v1/customers', { body: '{' })).toBe('malformed_json');
    expect(await code('/v1/customers')).toBe('country_not_allowed');
    expect(await code('/v1/api-keys')).toBe('country_not_allowed');
    expect((await rows(`reason=country_not_allowed&route=/v1/customers&ip=${american}`))[0]).toMatchObject({ country: 'US', status: 403 });
  });
});

describe('a change of a key', () => {
  it('holds from the next call on, keeps what is not named, and is in the activity log', async () => {
    const { id, secret } = await mint({ allowedCidrs: ['10.0.0.0/8'], deniedCountries: ['KP'] });
    const expiresAt = '2099-01-01T00:00:00.000Z';
    const changed = await patch(id, { allowedCidrs: [american], scopes: ['customers:read'], expiresAt });
    expect(changed).toMatchObject({
      status: 200,
      json: { allowedCidrs: ['8.8.8.8/32'], deniedCountries: ['KP'], unknownCountry: 'allow' },
    });
    expect(changed.json).toMatchObject({ scopes: ['customers:read'], expiresAt });
    expect(await verdicts(secret, american, nowhere)).toEqual(['403 missing_scope', outside]);
    await patch(id, { allowedCidrs: [american] });
    const { json } = await t.call('/v1/activity?action=api_key.updated', { as: 'member' });
    const entries = (json.data as { target: { id: string } }[]).filter(({ target }) => target.id === id);
    expect(entries).toEqual([
      expect.objectContaining({
        before: { allowedCidrs: ['10.0.0.0/8'], scopes: ['invoices:read'], expiresAt: null },
        after: { allowedCidrs: ['8.8.8.8/32'], scopes: ['customers:read'], expiresAt },
      }),
    ]);
    expect((await patch(id, { allowedCidrs: null, deniedCountries: null, expiresAt: null })).json).toMatchObject({
      allowedCidrs: null,
      deniedCountries: null,
      unknownCountry: null,
      expiresAt: null,
    });
  });

  it.each([
    [{ allowedCidrs: [] }, 'invalid_field'],
    [{ allowedCidrs: ['10.0.0.0/40'] }, 'invalid_field'],
    [{ deniedCountries: ['de'] }, 'invalid_field'],
    [{ deniedCountries: ['ZZ'] }, 'invalid_field'],
    [{ unknownCountry: 'maybe' }, 'invalid_field'],
    [{ scopes: [] }, 'invalid_field'],
    [{ confirm: 'yes' }, 'invalid_field'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'invalid_field'],
    [{ anywhere: true }, 'invalid_field'],
  ])('is refused with %j', async (body, code) => {
    const { id } = await mint();
    expect((await patch(id, body)).json.code).toBe(code);
    expect((await restrict(body)).json.code).toBe(code);
  });

  it('cannot give a key that is over anything back, but may still rename it', async () => {
    const { id } = await mint();
    await t.call(`/v1/api-keys/${id}/revoke`, { as: 'admin', body: { reason: 'over' } });
    expect((await patch(id, { expiresAt: null })).json.code).toBe('illegal_transition');
    expect((await patch(id, { allowedCidrs: ['10.0.0.0/8'] })).json.code).toBe('illegal_transition');
    expect((await patch(id, { service: 'renamed' })).json.service).toBe('renamed');
  });

  it('is inherited by a replacement, unless it says otherwise', async () => {
    const { id } = await mint({ allowedCidrs: ['10.0.0.0/8'], deniedCountries: ['US'], unknownCountry: 'refuse' });
    const same = await mint({ scopes: undefined, replaces: id });
    expect(same.json).toMatchObject({ allowedCidrs: ['10.0.0.0/8'], deniedCountries: ['US'], unknownCountry: 'refuse' });
    expect((await mint({ replaces: id, deniedCountries: null })).json).toMatchObject({ deniedCountries: null, unknownCountry: null });
  });

  it('that would lock out whoever calls now is refused, until it is said to be meant', async () => {
    const { id, secret } = await mint();
    await from(british, secret, { headers: { 'user-agent': 'Checkout/2.1 node' } });
    await rows(`apiKeyId=${id}`);
    const refused = await patch(id, { allowedCidrs: [american] });
    expect(refused).toMatchObject({ status: 409, json: { code: 'would_lock_out', callers: 1, requests: 1 } });
    expect((await patch(id, { allowedCidrs: [british, american] })).status).toBe(200);
    expect((await patch(id, { deniedCountries: ['GB'], confirm: true })).status).toBe(200);
    // Refused by the rule of today already: no change of mind about them can lock them out.
    expect((await patch(id, { allowedCidrs: [american] })).status).toBe(200);
    expect(await from(british, secret)).toBe(outside);
  });
});

describe('the rule of the organization', () => {
  it('is everywhere at first, read by members, set by admins, and each sees their own', async () => {
    const nothing = { allowedCidrs: null, allowedCountries: null, deniedCountries: null, unknownCountry: null, deniedCidrs: null };
    expect((await t.call('/v1/restrictions', { as: 'member' })).json).toEqual(nothing);
    expect((await restrict({ allowedCidrs: ['10.0.0.0/8'] }, 'member')).json.code).toBe('insufficient_role');
    expect((await t.call('/v1/restrictions', { as: 'guest' })).status).toBe(403);
    expect((await restrict({ deniedCountries: ['US'], allowedCidrs: ['::/0'] }, 'stranger')).json).toMatchObject({
      unknownCountry: 'allow',
    });
    expect((await t.call('/v1/restrictions', { as: 'admin' })).json).toEqual(nothing);
    expect((await t.sql('select allowed_cidrs from organization where id = $1', [organizations.home]))[0]).toEqual({ allowed_cidrs: null });
  });

  it('holds for every key, and the own list of a key narrows it', async () => {
    const [any, own] = [await mint(), await mint({ allowedCidrs: ['10.1.0.0/16', '192.0.2.0/24'] })];
    expect((await restrict({ allowedCidrs: ['10.0.0.0/8'], deniedCountries: ['US'], unknownCountry: 'allow' })).status).toBe(200);
    expect(await verdicts(any.secret, '10.9.9.9', nowhere, '192.0.2.1', american)).toEqual(['in', 'in', outside, outside]);
    expect(await verdicts(own.secret, '10.9.9.9', nowhere, '192.0.2.1', american)).toEqual([outside, 'in', outside, outside]);
    await restrict({ deniedCountries: ['US'] });
    expect(await verdicts(any.secret, american, british, nowhere)).toEqual([abroad, 'in', 'in']);
    // People are not restricted: an admin must always be able to lift it.
    expect((await t.call('/v1/restrictions', { as: 'admin', headers: { 'x-forwarded-for': american } })).status).toBe(200);
  });

  it('is in the activity log, once for a change', async () => {
    await restrict({ allowedCidrs: ['203.0.113.0/24'] });
    await restrict({ allowedCidrs: ['203.0.113.0/24'] });
    const { json } = await t.call('/v1/activity?action=organization.restricted&limit=2', { as: 'member' });
    expect(json.data[0]).toMatchObject({
      target: { type: 'organization' },
      before: { allowedCidrs: null },
      after: { allowedCidrs: ['203.0.113.0/24'] },
    });
    expect(json.data[1]?.after.allowedCidrs).not.toEqual(['203.0.113.0/24']);
  });

  it('that would lock out whoever calls now is refused, until it is said to be meant', async () => {
    const { id, secret } = await mint();
    await from(british, secret);
    await rows(`apiKeyId=${id}`);
    expect((await restrict({ allowedCidrs: ['198.51.100.0/24'], confirm: false })).json.code).toBe('would_lock_out');
    expect((await t.call('/v1/restrictions', { as: 'admin' })).json.allowedCidrs).toBeNull();
    expect((await restrict({ allowedCidrs: ['198.51.100.0/24'] })).status).toBe(200);
    expect(await from(british, secret)).toBe(outside);
  });
});

describe.each(['starter', 'business'])('the plan %s', (plan) => {
  it('takes networks and no countries; what was set before stays in force, and can be kept or taken away', async () => {
    const old = await mint({ deniedCountries: ['US'] });
    await restrict({ deniedCountries: ['KP'] });
    await t.sql('update organization set plan = $1', [plan]);
    expect((await mint({ allowedCidrs: ['10.0.0.0/8'] })).status).toBe(201);
    expect((await mint({ deniedCountries: ['KP'] })).json.code).toBe('plan_required');
    expect((await patch(old.id, { deniedCountries: ['US', 'KP'] })).json.code).toBe('plan_required');
    expect((await restrict({ allowedCountries: ['US'] })).json.code).toBe('plan_required');
    const rule = { deniedCountries: ['RU'] };
    expect((await t.call('/v1/restrictions/preview', { as: 'admin', body: { rule } })).json.code).toBe('plan_required');
    expect(await verdicts(old.secret, american, british)).toEqual([abroad, 'in']);
    expect((await patch(old.id, { allowedCidrs: ['0.0.0.0/0'] })).status).toBe(200);
    expect((await restrict({ deniedCountries: ['KP'], allowedCidrs: ['0.0.0.0/0', '::/0'] })).json).toMatchObject({
      deniedCountries: ['KP'],
    });
    expect((await mint({ scopes: undefined, replaces: old.id })).json.deniedCountries).toEqual(['US']);
    expect((await patch(old.id, { deniedCountries: null })).json.deniedCountries).toBeNull();
  });
});
