import fc from 'fast-check';
import { ConfigError, nestLogLevels, readConfig } from './config';

function lines(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

it('has a default for everything', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    publicUrl: null,
    dataDirectory: expect.stringMatching(/\.pinebill$/),
    databaseUrl: null,
    firstRun: { adminEmail: 'admin@example.com', adminPassword: null, organization: 'My organization' },
    audit: { mode: 'durable', trustedProxies: [], maxJournalBytes: null },
    mail: null,
    logLevel: 'info',
    maxConnections: 3_000,
    demo: false,
  });
});

it('takes an empty variable for one that is not set', () => {
  expect(readConfig({ PORT: '', PINEBILL_AUDIT_MODE: '' })).toMatchObject({ port: 3000, audit: { mode: 'durable' } });
});

it('lets webhooks lead to 443 of the public internet, and to what the operator names besides', () => {
  expect(readConfig({}).outbound).toEqual({ networks: [], ports: [443] });
  const named = { PINEBILL_OUTBOUND_ALLOWED_NETWORKS: '10.20.0.0/16, fd12:3456::/48', PINEBILL_OUTBOUND_ALLOWED_PORTS: '8443, 9443' };
  expect(readConfig(named).outbound).toEqual({ networks: ['10.20.0.0/16', 'fd12:3456::/48'], ports: [443, 8443, 9443] });
});

it('says what a variable got and what it takes', () => {
  expect(lines({ PORT: 'abc' })).toEqual(['PORT: got "abc", takes a number from 0 to 65535']);
});

it('names every bad variable at once', () => {
  const env = {
    PORT: '70000',
    PINEBILL_AUDIT_MODE: 'sync',
    PINEBILL_TRUSTED_PROXIES: '10.0.0.0/8,nonsense',
    PINEBILL_PUBLIC_URL: 'ftp://x',
  };
  expect(lines(env).map((line) => line.split(':')[0])).toEqual([
    'PORT',
    'PINEBILL_PUBLIC_URL',
    'PINEBILL_AUDIT_MODE',
    'PINEBILL_TRUSTED_PROXIES',
  ]);
});

it.each([
  ['HOST', 'a b'],
  ['PINEBILL_OUTBOUND_ALLOWED_NETWORKS', '10.0.0.0'],
  ['PINEBILL_OUTBOUND_ALLOWED_PORTS', '8443,0'],
  ['PINEBILL_OUTBOUND_ALLOWED_PORTS', 'https'],
  ['PINEBILL_MAX_CONNECTIONS', '9'],
  ['PORT', '-1'],
  ['PORT', '3000.5'],
  ['PORT', '0x10'],
  ['PINEBILL_PUBLIC_URL', 'https://example.com/path'],
  ['PINEBILL_PUBLIC_URL', 'https://user:pass@example.com'],
  ['PINEBILL_SMTP_URL', 'mail.example.com:25'],
  ['PINEBILL_SMTP_URL', 'http://mail.example.com'],
  ['PINEBILL_SMTP_URL', 'smtp://user@mail.example.com'],
  ['PINEBILL_SMTP_URL', 'smtp://user:100%@mail.example.com'],
  ['PINEBILL_SMTP_URL', 'smtp://mail.example.com/?tls=no'],
  ['DATABASE_URL', 'mysql://localhost/db'],
  ['DATABASE_URL', 'postgres://localhost'],
  ['PINEBILL_ADMIN_EMAIL', 'nobody'],
  ['PINEBILL_ADMIN_PASSWORD', 'short'],
  ['PINEBILL_ORGANIZATION', ' '],
  ['PINEBILL_SUPPORT_CONTACT', 'http://plain.example.com'],
  ['PINEBILL_LOG_LEVEL', 'loud'],
  ['PINEBILL_JOURNAL_MAX_BYTES', '1000'],
  ['PINEBILL_METRICS_TOKEN', 'short'],
  ['PINEBILL_TRUSTED_PROXIES', '10.0.0.1'],
  ['PINEBILL_DELIVERY_DIR', 'exports'],
  ['PINEBILL_DELIVERY_S3_BUCKET', 'Audit_Logs'],
  ['PINEBILL_LEAK_KEYS_URL', 'http://keys.example.com/keys'],
  ['PINEBILL_LEAK_KEYS_URL', 'https://user:pass@keys.example.com/keys'],
  ['PINEBILL_LEAK_KEYS_URL', 'file:///etc/keys'],
])('refuses %s=%s', (name, value) => {
  expect(lines({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}: got .*, takes `))]);
});

it('takes a bucket with what belongs to it, and shows no key of it', () => {
  const bucket = { PINEBILL_DELIVERY_S3_BUCKET: 'audit-exports' };
  const keys = { PINEBILL_DELIVERY_S3_ACCESS_KEY_ID: 'AKIAEXAMPLE', PINEBILL_DELIVERY_S3_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI' };
  expect(readConfig({}).delivery).toEqual({ directory: null, s3: null });
  expect(readConfig(bucket).delivery.s3).toEqual({ bucket: 'audit-exports', region: 'us-east-1', endpoint: null, prefix: '', credentials: null }); // prettier-ignore
  expect(readConfig({ ...bucket, ...keys, PINEBILL_DELIVERY_S3_PREFIX: 'pinebill/logs' }).delivery.s3).toMatchObject({
    prefix: 'pinebill/logs',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' },
  });
  expect(lines(keys)).toEqual([expect.stringMatching(/^PINEBILL_DELIVERY_S3_BUCKET: .* name one$/)]);
  expect(lines({ ...bucket, PINEBILL_DELIVERY_S3_ACCESS_KEY_ID: 'AKIAEXAMPLE' })).toEqual([expect.stringMatching(/set both or none$/)]);
  const bad = lines({
    ...bucket,
    ...keys,
    PINEBILL_DELIVERY_S3_SECRET_ACCESS_KEY: 'has blanks in it',
    PINEBILL_DELIVERY_S3_PREFIX: '../up/',
  });
  expect(bad.join()).toMatch(/PREFIX: got .*SECRET_ACCESS_KEY: got a value that is not shown/);
  expect(bad.join()).not.toContain('blanks');
});

it('believes reports of leaked keys by keys at an address, or in a file, not both', () => {
  const [url, file] = ['https://api.github.com/meta/public_keys/secret_scanning', '/etc/pinebill/leak-keys.json'];
  const of = (env: NodeJS.ProcessEnv) => readConfig(env).leakKeys;
  expect([of({}), of({ PINEBILL_LEAK_KEYS_URL: url }), of({ PINEBILL_LEAK_KEYS_FILE: file })]).toEqual([null, { url }, { file }]);
  expect(of({ PINEBILL_LEAK_KEYS_URL: 'http://127.0.0.1:9/keys?of=me' })).toEqual({ url: 'http://127.0.0.1:9/keys?of=me' });
  expect(lines({ PINEBILL_LEAK_KEYS_URL: url, PINEBILL_LEAK_KEYS_FILE: file })).toEqual([expect.stringMatching(/set one of them$/)]);
});

it('notices a variable that is misspelt', () => {
  expect(lines({ PINEBILL_ADUIT_MODE: 'async' })).toEqual([expect.stringContaining('PINEBILL_ADUIT_MODE: is no variable of this product')]);
});

it('wants the database of the owner only beside that of the product', () => {
  expect(lines({ DATABASE_OWNER_URL: 'postgres://owner@db/pinebill' })).toEqual([expect.stringContaining('DATABASE_OWNER_URL')]);
});

it('sends mail from the address it is told, and wants one only beside a server', () => {
  const url = 'smtp://me:100%25@mail.example.com:587';
  const from = (text: string): string | undefined => readConfig({ PINEBILL_SMTP_URL: url, PINEBILL_MAIL_FROM: text }).mail?.from;
  expect(['audit@example.com', 'PineBill <audit@example.com>'].map(from)).toEqual(['audit@example.com', 'PineBill <audit@example.com>']);
  expect(readConfig({ PINEBILL_SMTP_URL: url }).mail).toEqual({
    smtpUrl: url,
    from: expect.stringMatching(/^PineBill <pinebill@[^ >]+>$/),
  });
  expect(lines({ PINEBILL_MAIL_FROM: 'audit@example.com' })).toEqual([expect.stringContaining('set without PINEBILL_SMTP_URL')]);
  for (const text of ['nobody', 'A <b@c> <d@e>', 'a@b\nBcc: c@d', '<a@b>', 'a@b, c@d'])
    expect([text, lines({ PINEBILL_SMTP_URL: url, PINEBILL_MAIL_FROM: text })]).toEqual([
      text,
      [expect.stringContaining('MAIL_FROM: got')],
    ]);
});

it('keeps the demo away from a database that is set', () => {
  expect(lines({ PINEBILL_DEMO: '1', DATABASE_URL: 'postgres://db/real' })).toEqual([expect.stringContaining('DATABASE_URL')]);
});

it('believes the addresses of the demo only in the demo', () => {
  expect(readConfig({ PINEBILL_DEMO: '1' }).audit.trustedProxies).toContain('127.0.0.0/8');
  expect(readConfig({}).audit.trustedProxies).toEqual([]);
});

it('never shows a secret, however the variable is malformed', () => {
  const password = fc.stringMatching(/^[A-Za-z0-9!$%&*]{8,20}$/).map((text) => `hunter2${text}`);
  const wrongUrl = fc.tuple(
    fc.constantFrom('postgress://', 'http://', 'postgres:/', ''),
    password,
    fc.constantFrom('@db:5432/x', '@', '@db'),
  );
  fc.assert(
    fc.property(wrongUrl, ([scheme, secret, rest]) => {
      expect(lines({ DATABASE_URL: `${scheme}me:${secret}${rest}` }).join()).not.toContain(secret);
    }),
  );
  fc.assert(
    fc.property(
      password.map((text) => `${text} with a space`),
      (token) => !lines({ PINEBILL_METRICS_TOKEN: token }).join().includes('hunter2'),
    ),
  );
  expect(lines({ PINEBILL_ADMIN_PASSWORD: 'hunter2' }).join()).not.toContain('hunter2');
  expect(lines({ PINEBILL_SMTP_URL: 'smtp//me:hunter2@mail.example.com' })).toEqual([expect.not.stringContaining('hunter2')]);
});

it.each([
  ['error', ['fatal', 'error']],
  ['info', ['fatal', 'error', 'warn', 'log']],
] as const)('shows at level %s what is at least as grave', (level, expected) => {
  expect(nestLogLevels(level)).toEqual(expected);
});

describe('the OpenID provider', () => {
  const provider = {
    PINEBILL_OIDC_ISSUER: 'https://id.example.com/realms/acme',
    PINEBILL_OIDC_CLIENT_ID: 'pinebill',
    PINEBILL_OIDC_CLIENT_SECRET: 's',
  };

  it.each(['audit-admins=admin, a=b=member', '{"audit-admins":"admin","a=b":"member"}'])('takes the map %s', (map) => {
    const { oidc } = readConfig({ ...provider, PINEBILL_OIDC_ROLE_MAP: map, PINEBILL_OIDC_AUTO_JOIN: '1' });
    expect(oidc).toEqual({
      issuer: 'https://id.example.com/realms/acme',
      clientId: 'pinebill',
      clientSecret: 's',
      roleClaim: 'groups',
      roleMap: { 'audit-admins': 'admin', 'a=b': 'member' },
      autoJoin: true,
    });
  });

  it.each([
    ['PINEBILL_OIDC_ISSUER', 'http://id.example.com'],
    ['PINEBILL_OIDC_ISSUER', 'https://id.example.com/?tenant=1'],
    ['PINEBILL_OIDC_ROLE_MAP', 'staff=owner'],
    ['PINEBILL_OIDC_ROLE_MAP', 'staff'],
    ['PINEBILL_OIDC_ROLE_MAP', '{"staff":1}'],
    ['PINEBILL_OIDC_ROLE_MAP', '{}'],
    ['PINEBILL_OIDC_AUTO_JOIN', 'yes'],
  ])('refuses %s=%s', (name, text) => {
    expect(lines({ ...provider, [name]: text })[0]).toMatch(new RegExp(`^${name}: got .*, takes `));
  });

  it('wants its three parts together, and a map before anybody may join', () => {
    expect(readConfig({}).oidc).toBeNull();
    expect(lines({ PINEBILL_OIDC_ISSUER: provider.PINEBILL_OIDC_ISSUER })).toEqual([expect.stringContaining('set all three')]);
    expect(lines({ ...provider, PINEBILL_OIDC_AUTO_JOIN: '1' })).toEqual([expect.stringContaining('PINEBILL_OIDC_ROLE_MAP')]);
  });

  it('shows neither the client secret nor the own secret', () => {
    expect(lines({ PINEBILL_SECRET: 'too short to take' }).join()).not.toContain('too short');
    expect(lines({ ...provider, PINEBILL_OIDC_CLIENT_SECRET: ' ' }).join()).toContain('a value that is not shown');
  });
});
