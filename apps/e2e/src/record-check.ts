/**
 * What is sent, and the records that must follow it: these and no other.
 */
import { type Caller } from './http-client';

export type Record_ = {
  status: number | null;
  outcome: string;
  reason: string | null;
  method: string | null;
  path: string | null;
  route: string | null;
  sequence: number;
} & Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- rows of any shape are looked into
export type Case = { name: string; send: () => Promise<unknown>; expect: Partial<Record_>[]; by?: 'user' };

/** All records of programs and strangers (or of people, by user agent) since a sequence number. */
export async function rowsSince(admin: Caller, from: string, query: string): Promise<Record_[]> {
  const answer = await admin('GET', `/v1/audit-logs?order=asc&limit=200&from=${from}&${query}`);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json.data;
}

export async function check(admin: Caller, { send, expect: expected, by }: Case): Promise<void> {
  const from = new Date().toISOString();
  await send();
  const query = by === 'user' ? 'actorType=user&userAgent=e2e-person' : 'actorType=apiKey,anonymous';
  let rows: Record_[] = [];
  for (const deadline = Date.now() + 8_000; Date.now() < deadline && rows.length < expected.length;)
    rows = await rowsSince(admin, from, query);
  await new Promise((ok) => setTimeout(ok, 60)); // a second record, if there were one, would follow within a batch
  rows = await rowsSince(admin, from, query);
  expect(rows).toHaveLength(expected.length);
  expected.forEach((one, index) => expect(rows[index]).toMatchObject(one));
}

/** `line` is method and target. */
export const head = (line: string, headers = ''): string => `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`;

export const completed = (status: number, reason: string | null, more: Partial<Record_> = {}): Partial<Record_>[] => [
  { status, reason, outcome: 'completed', ...more },
];
