/** More than 200 ways to have us connect to where nobody may, against sockets that count: none arrives, and each would if nothing were checked. */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { refusalOfAddress } from './addresses';
import { Outbound } from './outbound';
import { aCertificate } from '../../testing/certificate';

type Listening = { server: Server | HttpServer; port: number };
const listening: Listening[] = [];
let arrived = 0;
let port: number;

async function listen(server: Server | HttpServer, at = 0, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(at, host, resolve));
  const { port: bound } = server.address() as AddressInfo;
  listening.push({ server, port: bound });
  return bound;
}
const counter = (): Server =>
  createServer((socket) => {
    arrived++;
    socket.on('error', () => undefined).destroy();
  });

/** How many came, once all that have come are counted: whoever knocks last is let in last. */
async function arrivals(): Promise<number> {
  for (const host of listening.filter((one) => one.port === port).map(({ server }) => (server.address() as AddressInfo).address)) {
    await new Promise((resolve) => connect({ host, port }).on('error', () => undefined).on('close', resolve)); // prettier-ignore
    arrived--;
  }
  return arrived;
}

beforeAll(async () => {
  port = await listen(counter());
  // Where there is IPv6: what is refused must be so for its own sake, not because nobody is there.
  await listen(counter(), port, '::1').catch(() => undefined);
});
afterAll(() => Promise.all(listening.map(({ server }) => new Promise((resolve) => server.close(resolve)))));
beforeEach(() => {
  arrived = 0;
});

/** Any port of the listener is allowed, so that no target is refused for its port alone. */
const outboundTo = (networks: string[], ports: number[] = [port]): Outbound =>
  new Outbound({ outbound: { networks, ports: [443, 80, ...ports] } });
const request = (url: string) => ({ url, headers: {}, body: '{}' });
const limitMs = 2_000;

/** 127.0.0.1, in every spelling that something reads as it. */
const loopbackHosts = [
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7F000001', '017700000001', '0177.0.0.1', '0177.0.0.01', '0x7f.0.0.1'],
  ...['0x7f.0x0.0x0.0x1', '0177.0.0.0x1', '127.0x0.1', '0x7f.1', '0177.1', '127.0.0.1.', '127.1.', '2130706433.', '%31%32%37.0.0.1'],
  ...['127%2e0%2e0%2e1', '①②⑦.⓪.⓪.①', '１２７.０.０.１', '127。0。0。1', '127．0．0．1', '127｡0｡0｡1', '00000177.0.0.1', '0x0000007f.0.0.1'],
  ...[
    '0',
    '0.0.0.0',
    '0x0',
    '00',
    '0.0',
    '0.0.0',
    '0000.0000.0000.0000',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
    '[::ffff:127.0.0.1]',
  ],
  ...[
    '[::ffff:7f00:1]',
    '[::ffff:7f00:0001]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
    '[::FFFF:127.0.0.1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::ffff:0:127.0.0.1]',
  ],
  ...[
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::127.0.0.1]',
    '[64:ff9b:1:7f00:0:100::]',
    '[2002:7f00:1::]',
    '[2002:7f00:0001::1]',
  ],
  ...[
    '[2001:0:7f00:1::]',
    '[2001::80ff:fffe]',
    '[fe80::5efe:127.0.0.1]',
    '[2a00:1450::5efe:7f00:1]',
    '[2a00:1450::200:5efe:7f00:1]',
    '[::ffff:0.0.0.0]',
  ],
];
/** Inside of some network, by what it is. */
const insideAddresses = [
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.254', '192.168.0.1', '192.168.255.255', '127.0.0.2', '127.255.255.254'],
  ...[
    '169.254.0.1',
    '169.254.169.254',
    '169.254.170.2',
    '100.64.0.1',
    '100.127.255.254',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
  ],
  ...[
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.254',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.250',
  ],
  ...[
    '240.0.0.1',
    '255.255.255.255',
    '255.255.255.254',
    '0.0.0.1',
    '0.1.2.3',
    '192.31.196.1',
    '192.52.193.1',
    '192.175.48.1',
    '233.252.0.1',
  ],
  ...[
    'fc00::1',
    'fd00::1',
    'fdff:ffff::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    'fe80::1',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'ff0e::1',
    '100::1',
  ],
  ...['2001:db8::1', '2001:10::1', '2001:20::1', '2001:2::1', '3fff::1', '5f00::1', '4000::1', '8000::1', '2620:4f:8000::1', '2001:1::1'],
];
/** As a name's server could answer; scoped ones and what is no address at all among them. */
const oddAnswers = [
  '',
  'localhost',
  'fe80::1%lo',
  '::1%1',
  '127.0.0.1:80',
  '127.0.0.1 ',
  '0x7f000001',
  '2130706433',
  '127.1',
  '10.1',
  '[::1]',
];
const embed = (v4: string): string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
  const hex = [a * 256 + b, c * 256 + d].map((part) => part.toString(16)).join(':');
  return [`::ffff:${v4}`, `::${hex}`, `::ffff:0:${v4}`, `64:ff9b::${hex}`, `64:ff9b:1::${hex}`, `2002:${hex}::1`];
};
const embedded = ['10.0.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '127.0.0.1', '0.0.0.0', '8.8.8.8'].flatMap(embed);
/** What is no URL of ours, whoever it leads to. */
const oddUrls = [
  ...[
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_x',
    'javascript:alert(1)',
    'data:,x',
    'ws://example.com/',
  ],
  ...[
    'https://',
    'https:///',
    '//127.0.0.1/',
    'https://user@example.com/',
    'https://user:pass@example.com/',
    'https://@127.0.0.1/',
    'example.com',
    '',
  ],
  ...[
    'https://example.com:22/',
    'https://example.com:25/',
    'https://example.com:6379/',
    'https://example.com:5432/',
    'https://example.com:0/',
  ],
  ...[
    'https://[::1%25lo]/',
    'https://[::1/',
    'https://127.0.0.1#@example.com:99999/',
    'https://256.256.256.256/',
    'https://1.2.3.4.5/',
    'https://0x/',
  ],
  ...[
    `https://example.com/${'a'.repeat(2_000)}`,
    'blob:https://example.com/x',
    'unix:/var/run/docker.sock',
    'dict://127.0.0.1:11211/',
    'https://exa mple.com/',
  ],
];
const rightNames = [
  'localhost',
  'localhost.',
  'LOCALHOST',
  'a.localhost',
  'metadata.google.internal',
  'kubernetes.default.svc',
  '127.0.0.1.nip.io',
  'db',
];

const byHost = (): string[] => loopbackHosts.flatMap((host) => [`https://${host}:${port}/`, `http://${host}:${port}/hook`]);
type Target = { url: string; resolve?: (name: string) => Promise<string[]> };
function targets(): Target[] {
  const inside = [...insideAddresses, ...embedded].map((address) => `https://${address.includes(':') ? `[${address}]` : address}:${port}/`);
  const named = [...insideAddresses, ...embedded, ...oddAnswers].map((address) => ({
    url: `https://hooks.example.com:${port}/`,
    resolve: () => Promise.resolve([address]),
  }));
  const mixed = ['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254'].flatMap((address) => [
    { url: `https://hooks.example.com:${port}/`, resolve: () => Promise.resolve(['8.8.8.8', address]) },
    { url: `https://hooks.example.com:${port}/`, resolve: () => Promise.resolve([address, '8.8.8.8']) },
    { url: `http://hooks.example.com:${port}/`, resolve: () => Promise.resolve([address]) },
  ]);
  const names = rightNames.map((name) => ({ url: `https://${name}:${port}/`, resolve: () => Promise.resolve(['127.0.0.1']) }));
  const many = { url: `https://hooks.example.com:${port}/`, resolve: () => Promise.resolve(Array<string>(40).fill('8.8.8.8')) };
  const none = { url: `https://hooks.example.com:${port}/`, resolve: () => Promise.resolve<string[]>([]) };
  return [...[...byHost(), ...inside, ...oddUrls].map((url) => ({ url })), ...named, ...mixed, ...names, many, none];
}

const neverAsked = (): Promise<string[]> => Promise.reject(new Error('asked a resolver'));

it('connects to none of them', async () => {
  const outbound = outboundTo([]);
  const all = targets();
  expect(all.length).toBeGreaterThanOrEqual(200);
  const answers = await Promise.all(
    all.map(({ url, resolve }) => outbound.post(request(url), { resolve: resolve ?? neverAsked, limitMs })),
  );
  // All of them by our own doing, not because a connection failed.
  const others = answers.flatMap((answer, index) =>
    answer.kind === 'failed' && /^refused before|has no address/.test(answer.error) ? [] : [[all[index]!.url, answer]],
  );
  expect(others).toEqual([]);
  expect(await arrivals()).toBe(0);
});

it('would connect to the loopback ones where somebody allowed it: the sockets do listen', async () => {
  const outbound = outboundTo(['127.0.0.0/8', '0.0.0.0/32', '::1/128']);
  await Promise.all(byHost().map((url) => outbound.post(request(url), { resolve: neverAsked, limitMs })));
  expect(await arrivals()).toBeGreaterThan(50);
});

it('allows by the operator what is named, and neither another form of it nor what clouds tell of the machine', () => {
  const networks = ['10.0.0.0/8', '169.254.0.0/16', '0.0.0.0/0'].map((cidr) => ipaddr.parseCIDR(cidr));
  const refused = (address: string): boolean => refusalOfAddress(address, networks) !== null;
  expect(['10.1.2.3', '192.168.0.1', '169.254.1.1'].filter(refused)).toEqual([]);
  const never = ['::ffff:10.1.2.3', '64:ff9b::a01:203', 'fd00::1', '169.254.169.254', '168.63.129.16', '100.100.100.200'];
  expect(never.filter((address) => !refused(address))).toEqual([]);
});

it('takes no address for public that is written inside another one, whatever it is', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(octet, octet, octet, octet, (...parts) => {
      for (const address of embed(parts.join('.'))) expect([address, refusalOfAddress(address, [])]).not.toEqual([address, null]);
    }),
  );
});

it.each(['8.8.8.8', '1.1.1.1', '140.82.112.3', '2001:4860:4860::8888', '2606:4700::1111', '2a01:4f8::1'])('lets %s be', (address) => {
  expect(refusalOfAddress(address, [])).toBeNull();
});

describe('what is allowed', () => {
  const received: { host: string | undefined; url: string | undefined; body: string }[] = [];
  let answer: (url: string) => { status: number; headers?: Record<string, string>; body?: string | null } = () => ({ status: 204 });
  let allowed: Outbound;
  let http: number;
  beforeAll(async () => {
    const server = createHttpServer((incoming, response) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
      incoming.on('end', () => {
        received.push({ host: incoming.headers.host, url: incoming.url, body });
        const { status, headers = {}, body: text = '' } = answer(incoming.url ?? '');
        response.writeHead(status, headers);
        if (text === null) response.write('x', () => response.destroy());
        else response.end(text);
      });
    });
    http = await listen(server);
    allowed = outboundTo(['127.0.0.1/32'], [port, http]);
  });
  beforeEach(() => {
    received.length = 0;
    answer = () => ({ status: 204 });
  });

  it('is asked for its address once, and is connected to where it led then', async () => {
    const asked: string[] = [];
    // A name that leads elsewhere as soon as it was checked.
    const rebinding = (name: string): Promise<string[]> => Promise.resolve(asked.push(name) === 1 ? ['127.0.0.1'] : ['127.0.0.2']);
    const result = await allowed.post(request(`http://hooks.example.com:${http}/a?b=c`), { resolve: rebinding });
    expect(result).toMatchObject({ kind: 'answered', status: 204 });
    expect(asked).toEqual(['hooks.example.com']);
    expect(received).toEqual([{ host: `hooks.example.com:${http}`, url: '/a?b=c', body: '{}' }]);
  });

  it('is followed to no other place', async () => {
    answer = () => ({ status: 307, headers: { location: `http://127.0.0.1:${port}/` } });
    for (const status of [301, 302, 303, 307, 308]) {
      answer = () => ({ status, headers: { location: `http://127.0.0.1:${port}/` } });
      expect(await allowed.post(request(`http://127.0.0.1:${http}/`))).toMatchObject({ kind: 'answered', status });
    }
    expect([received.length, await arrivals()]).toEqual([5, 0]);
  });

  it('is reached past every proxy of the environment', async () => {
    const proxies = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = process.env;
    process.env = { ...before };
    for (const name of proxies) process.env[name] = name.startsWith('NODE') ? '1' : `http://127.0.0.1:${port}`;
    expect(await allowed.post(request(`http://127.0.0.1:${http}/`))).toMatchObject({ status: 204 });
    process.env = before;
    expect([received.length, await arrivals()]).toEqual([1, 0]);
  });

  it('is read for 4 kB, as far as it comes, and for as long as there is time', async () => {
    answer = () => ({ status: 200, body: 'x'.repeat(1_000_000) });
    const long = await allowed.post(request(`http://127.0.0.1:${http}/`));
    expect(long).toMatchObject({ kind: 'answered', status: 200 });
    expect(long.kind === 'answered' && long.body.length).toBe(4_096);
    answer = () => ({ status: 200, body: null });
    expect(await allowed.post(request(`http://127.0.0.1:${http}/`))).toMatchObject({ status: 200, body: 'x' });
    const silent = await listen(createServer((socket) => void socket.on('error', () => undefined).resume()));
    expect(await outboundTo(['127.0.0.1/32'], [silent]).post(request(`http://127.0.0.1:${silent}/`), { limitMs: 100 })).toMatchObject({
      kind: 'failed',
      error: 'no answer within 0.1 s',
    });
    const neverResolved = () => new Promise<string[]>(() => undefined);
    expect(await allowed.post(request(`http://slow.example:${http}/`), { limitMs: 50, resolve: neverResolved })).toMatchObject({
      kind: 'failed',
    });
  });

  it('is told the name over TLS, and believed for its certificate of that name', async () => {
    const { key, cert } = aCertificate('hooks.example.com');
    const names: (string | false)[] = [];
    const tls = createTlsServer({ key, cert }, (socket) => {
      names.push(socket.servername as string | false);
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'));
    });
    tls.on('tlsClientError', () => undefined);
    const secure = await listen(tls);
    const outbound = outboundTo(['127.0.0.1/32'], [secure]);
    const resolve = () => Promise.resolve(['127.0.0.1']);
    const to = (name: string, ca?: string) =>
      outbound.post(request(`https://${name}:${secure}/`), { resolve, ...(ca !== undefined && { ca }) });
    expect(await to('hooks.example.com', cert)).toMatchObject({ kind: 'answered', status: 200 });
    expect(names).toEqual(['hooks.example.com']);
    expect(await to('other.example.com', cert)).toMatchObject({ error: 'its certificate is of another name' });
    expect(await to('hooks.example.com')).toMatchObject({ error: expect.stringContaining('not signed by an authority') });
  });

  it('is told what is wrong with it beforehand, as far as that can be seen', () => {
    const strict = outboundTo([]);
    const said = (url: string) => strict.refusalOf(url);
    expect(said('https://hooks.example.com/x')).toBeNull();
    expect(said('http://hooks.example.com/x')).toBe('a URL with https');
    expect(said('https://10.0.0.1/x')).toContain('leads to an address that is not public (private)');
    expect(said('https://a:b@hooks.example.com/')).toContain('without a user name');
    expect(said('https://hooks.example.com:22/')).toContain('one of the ports that are allowed: 443');
    expect(allowed.refusalOf(`http://127.0.0.1:${http}/`)).toBeNull();
  });
});
