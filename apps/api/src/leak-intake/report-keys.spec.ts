import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPair, published, startKeysServer, type KeysServer } from '../testing/leak-reporter';
import { LeakReportKeys } from './report-keys.service';

const HOUR_MS = 3_600_000;
const [old, next] = [keyPair('old'), keyPair('next')];
let server: KeysServer;
let later = 0;
const publish = (...pairs: (typeof old)[]): void => {
  server.answer = (_, response) => void response.end(published(pairs));
};

beforeEach(async () => {
  server = await startKeysServer(null);
  later = 0;
  const clock = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => clock() + later);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server.close();
});
const keysAt = (url: string) => new LeakReportKeys({ leakKeys: { url } });

it('reads once, and again for an identifier that is new: a rotation needs nobody', async () => {
  publish(old);
  const keys = keysAt(server.url);
  for (let call = 0; call < 5; call++) expect(await keys.find('old')).not.toBeNull();
  expect(server.asked).toBe(1);
  publish(old, next);
  expect(await Promise.all([keys.find('next'), keys.find('next')])).not.toContain(null);
  expect(server.asked).toBe(2);
});

it('goes on with those it knows while the server is away, however long', async () => {
  publish(old);
  const keys = keysAt(server.url);
  await keys.find('old');
  server.answer = null;
  later = 100 * HOUR_MS;
  expect(await keys.find('old')).not.toBeNull();
  expect(await keys.find('next')).toBeNull();
});

it('forgets a key that is not published any more within the hour', async () => {
  publish(old, next);
  const keys = keysAt(server.url);
  await keys.find('old');
  publish(next);
  later = HOUR_MS + 1;
  expect([await keys.find('old'), await keys.find('next')]).toEqual([null, expect.anything()]);
});

it('asks a few times and then rarely, whatever identifiers are sent', async () => {
  publish(old);
  const keys = keysAt(server.url);
  const flood = async (): Promise<void> => {
    for (let call = 0; call < 60; call++) expect(await keys.find(`made up ${call}`)).toBeNull();
  };
  await flood();
  expect(server.asked).toBe(6);
  later = HOUR_MS / 20;
  await flood();
  expect(server.asked).toBe(8);
});

it.each<[string, NonNullable<KeysServer['answer']>]>([
  ['fails', (_, response) => void response.writeHead(500).end(published([old]))],
  [
    'sends elsewhere',
    ({ url }, response) => {
      if (url === '/x') response.end(published([old]));
      else response.writeHead(302, { location: '/x' }).end();
    },
  ],
  ['is no document of keys', (_, response) => void response.end('<html>')],
  ['never ends', (_, response) => void response.end(`${published([old])}${' '.repeat(300_000)}`)],
])('believes nothing of an answer that %s, and says that it cannot tell', async (_, answer) => {
  server.answer = answer;
  await expect(keysAt(server.url).find('old')).rejects.toMatchObject({ code: 'leak_keys_unavailable', options: { headers: { 'retry-after': '60' } } }); // prettier-ignore
});

it('reads a file in the same way, and says when nothing is set', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pinebill-leak-keys-'));
  const file = join(directory, 'keys.json');
  const keys = new LeakReportKeys({ leakKeys: { file } });
  await expect(keys.find('old')).rejects.toMatchObject({ code: 'leak_keys_unavailable' });
  writeFileSync(file, published([old]));
  expect(await keys.find('old')).not.toBeNull();
  rmSync(directory, { recursive: true });
  expect(await keys.find('old')).not.toBeNull();
  await expect(new LeakReportKeys({ leakKeys: null }).find('old')).rejects.toMatchObject({ code: 'leak_reports_off' });
});
