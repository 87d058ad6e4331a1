/** Taken by somebody: the facts of the database in every form, who may, and what is written down about it. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startTestApp, type Answer, type TestApp } from '../../testing/test-app';

const tool = resolve(__dirname, '../../../../../tools/verify-export/verify-export.mjs');
let t: TestApp;
let id: string;
const admin = (method: string, at: string, body?: object): Promise<Answer> => t.call(at, { as: 'admin', method, ...(body && { body }) });

/** Both of them, once they are there. */
async function rowsOf(apiKeyId: string): Promise<string[]> {
  for (;;) {
    const { json } = await admin('GET', `/v1/audit-logs?apiKeyId=${apiKeyId}`);
    if (json.data.length === 2) return json.data.map((one: { id: string }) => one.id);
  }
}

beforeAll(async () => {
  t = await startTestApp(__filename);
  const { json: key } = await admin('POST', '/v1/api-keys', { name: 'Production API', scopes: ['invoices:read'], service: 'checkout' });
  for (const limit of [71, 72]) await t.call(`/v1/invoices?limit=${limit}`, { key: key.secret, headers: { 'user-agent': 'a | b <b>' } }); // prettier-ignore
  const logIds = await rowsOf(key.id);
  id = (await t.call('/v1/incidents', { as: 'member', body: { logIds, note: 'Asked **A admin**: <img src=x>' } })).json.id;
  await admin('GET', `/v1/incidents/${id}`);
  await admin('POST', `/v1/incidents/${id}/contain`, { reason: 'leaked' });
  await admin('POST', `/v1/incidents/${id}/replace`, { apiKeyId: key.id, name: 'Production API 2' });
  await admin('PATCH', `/v1/incidents/${id}`, { rootCause: 'It was in a gist.', impact: 'Two lists were read.', lessons: '- Scan gists' });
  await admin('POST', `/v1/incidents/${id}/follow-ups`, { title: 'Scan gists', dueOn: '2099-01-31' });
});
afterAll(() => t.close());

const report = (query = '', as: 'admin' | 'member' | 'guest' = 'admin', what = 'report'): Promise<Answer> => t.call(`/v1/incidents/${id}/${what}${query}`, { as }); // prettier-ignore
const taken = async (): Promise<unknown[]> =>
  (await t.sql<{ after: unknown }>(`select after from activity where action = 'incident.exported' order by occurred_at`)).map(
    ({ after }) => after,
  );

it('holds what happened, is the same when it is taken again, and is checked by the tool', async () => {
  const first = await report();
  expect(first.headers.get('content-disposition')).toMatch(/^attachment; filename="incident-1-production-api-used-from-[\w-]+\.json"$/);
  expect(first.json.report).toMatchObject({
    incident: { number: 1, state: 'servicesUpdated', openedBy: { name: 'A member', role: 'member' }, lookedBy: { name: 'A admin', role: 'admin' } },
    subjects: [
      { kind: 'address', name: '127.0.0.1', contained: null },
      { kind: 'key', name: 'Production API', contained: { how: 'revoke' }, successors: [{ name: 'Production API 2' }] },
    ],
    followUps: [{ title: 'Scan gists', dueOn: '2099-01-31', doneAt: null }],
    notes: [{ author: { name: 'A member' }, text: 'Asked **A admin**: <img src=x>' }],
    evidenceHidden: 0,
  }); // prettier-ignore
  const rows = first.json.evidence.trim().split('\n').map((line: string) => JSON.parse(line)); // prettier-ignore
  expect(rows.map(({ query }: { query: unknown }) => query)).toEqual([{ limit: '71' }, { limit: '72' }]);
  const { json: shown } = await admin('GET', `/v1/incidents/${id}/evidence`);
  expect(rows).toEqual(shown.data.map(({ record }: { record: unknown }) => record));
  // That it was taken is a fact of the activity, and none of the report.
  expect((await report()).text).toBe(first.text);
  expect(await taken()).toEqual([{ format: 'json' }, { format: 'json' }]);

  const file = join(tmpdir(), `${id}.json`);
  writeFileSync(file, first.text);
  expect(execFileSync(process.execPath, [tool, file], { encoding: 'utf8' })).toContain('The report is whole and unchanged');
  const { json: keys } = await t.call('/v1/exports/signing-keys');
  expect(keys.data.map(({ fingerprint }: { fingerprint: string }) => fingerprint)).toContain(first.json.manifest.signature.keyFingerprint);
});

it('is Markdown and PDF as well, for members too; guests get nothing, and a look at the head is no taking', async () => {
  const before = (await taken()).length;
  const markdown = await report('?format=markdown', 'member');
  expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(markdown.text).toMatch(/^# Incident 1: Production API used from /);
  expect(markdown.text).toContain('Asked **A admin**: &lt;img src=x&gt;');
  expect(markdown.text).toContain('`a `&#124;` b <b>`');
  const pdf = await report('?format=pdf', 'member');
  expect([pdf.status, pdf.headers.get('content-type'), pdf.text.slice(0, 5)]).toEqual([200, 'application/pdf', '%PDF-']);
  expect((await t.call(`/v1/incidents/${id}/report`, { as: 'admin', method: 'HEAD' })).status).toBe(200);
  expect((await report('?format=docx')).json.issues[0].expected).toBe('one of json, markdown, pdf');
  expect((await report('', 'guest')).status).toBe(403);
  expect((await report('', 'guest', 'support-packet')).status).toBe(403);
  expect((await taken()).slice(before)).toEqual([{ format: 'markdown' }, { format: 'pdf' }]);
});

it('is given to support without people, values and addresses', async () => {
  const packet = await report('?shortenAddresses=true', 'member', 'support-packet');
  expect(packet.headers.get('content-disposition')).toBe('attachment; filename="support-packet-incident-1.json"');
  expect(packet.text).not.toMatch(/A admin|A member|usr_|127\.0\.0\.1|"71\\?"/);
  expect(packet.json.report.notes[0]).toMatchObject({
    author: { name: 'member 1' },
    text: expect.stringMatching(/^Asked \*\*admin \d\*\*/),
  });
  expect(packet.json.report.incident.title).toContain('Production API used from 127.0.0.0/24');
  expect((await taken()).at(-1)).toEqual({ format: 'json', packet: true, shortenAddresses: true });
});

it('is made by the template of the organization, until that goes back to the standard one', async () => {
  const { json: standard } = await admin('GET', '/v1/incident-template');
  expect(standard).toMatchObject({ standard: true, changedAt: null });
  const refused = await admin('PUT', '/v1/incident-template', { text: '# {{titel}}' });
  expect([refused.status, refused.json.issues[0].pointer]).toEqual([400, '/text']);
  expect(refused.json.detail).toContain('{{titel}}');
  const text = '# Breach {{number}}\n\n{{followUps}}';
  const { json: preview } = await admin('POST', '/v1/incident-template/preview', { text });
  expect(preview.markdown).toMatch(/^# Breach 12\n\n\| What \| Whose/);
  expect((await admin('PUT', '/v1/incident-template', { text })).json).toMatchObject({
    text,
    standard: false,
    changedBy: { name: 'A admin' },
  });
  expect((await report('?format=markdown')).text).toMatch(/^# Breach 1\n\n\| What \| Whose/);
  // Another organization has its own.
  expect((await t.call('/v1/incident-template', { as: 'stranger' })).json.standard).toBe(true);
  expect((await admin('PUT', '/v1/incident-template', { text: null })).json).toMatchObject({ text: standard.text, standard: true });
  const entries = await t.sql(`select before, after from activity where action = 'incident_template.changed' order by occurred_at`);
  expect(entries).toEqual([{ before: { text: null }, after: { text } }, { before: { text }, after: { text: null } }]); // prettier-ignore
});
