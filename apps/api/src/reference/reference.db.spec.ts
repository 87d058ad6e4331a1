import { statusCodes } from '@pinebill/contract';
import { startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

describe('GET /v1/reference/status-codes', () => {
  it('gives the whole table to everyone, with a key or without', async () => {
    const answer = await t.call('/v1/reference/status-codes');
    expect(answer.status).toBe(200);
    expect(answer.json.data).toEqual(statusCodes.map((row) => ({ link: null, ...row })));
  });

  it('takes no parameters', async () => {
    const answer = await t.call('/v1/reference/status-codes?code=404');
    expect([answer.status, answer.json.code]).toEqual([400, 'unknown_parameter']);
  });
});
