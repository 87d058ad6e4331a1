import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3Server, type S3Server } from '../../testing/s3-server';
import type { Parcel } from './destination';
import { DirectoryDestination } from './directory-destination';
import { S3Destination } from './s3-destination';

const MIB = 1024 * 1024;
const going = new AbortController().signal;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const parcel = (...contents: Buffer[]): Parcel => ({
  location: 'org_1/for-the-auditor/2026-11-01_exp_1',
  files: contents.map((bytes, index) => ({
    name: index === contents.length - 1 ? 'exp_1.manifest.json' : `exp_1.${index}.csv`,
    content: { bytes },
    bytes: bytes.length,
    sha256: sha256(bytes),
  })),
});
const small = (): Parcel => parcel(Buffer.from('a,b\r\n1,2\r\n'), Buffer.from(`{"n":${Math.random()}}`));

describe('a directory', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'pinebill-delivery-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const folder = () => join(root, 'org_1/for-the-auditor');
  const final = () => join(folder(), '2026-11-01_exp_1');

  it('has all files of an export at once, and nothing of an attempt that died', async () => {
    const sent = small();
    mkdirSync(join(folder(), '.2026-11-01_exp_1.partial'), { recursive: true });
    writeFileSync(join(folder(), '.2026-11-01_exp_1.partial', 'exp_1.0.csv'), 'a,b');
    const broken = { ...sent, files: [sent.files[0]!, { ...sent.files[1]!, content: { path: join(root, 'gone'), size: 9 } }] };
    await expect(new DirectoryDestination(root).deliver(broken, going)).rejects.toMatchObject({ code: 'destination_missing' });
    expect(existsSync(final())).toBe(false);
    await new DirectoryDestination(root).deliver(sent, going);
    expect(readdirSync(folder())).toEqual(['2026-11-01_exp_1']);
    expect(readFileSync(join(final(), 'exp_1.0.csv'), 'utf8')).toBe('a,b\r\n1,2\r\n');
    // Delivered by an attempt that could not say so: it is left as it is.
    const { ino } = statSync(final());
    await new DirectoryDestination(root).deliver(sent, going);
    expect(statSync(final()).ino).toBe(ino);
    await new DirectoryDestination(root).fetch(sent.location, 'exp_1.0.csv', join(root, 'back'), going);
    expect(readFileSync(join(root, 'back'), 'utf8')).toBe('a,b\r\n1,2\r\n');
    const gone = new DirectoryDestination(root).fetch(sent.location, 'exp_1.9.csv', join(root, 'no'), going);
    await expect(gone).rejects.toMatchObject({ code: 'files_gone' });
    // What lies there under its name and is something else makes way.
    rmSync(join(final(), 'exp_1.0.csv'));
    await new DirectoryDestination(root).deliver(sent, going);
    expect(readdirSync(final()).sort()).toEqual(['exp_1.0.csv', 'exp_1.manifest.json']);
    await new DirectoryDestination(root).remove(sent.location);
    expect(readdirSync(folder())).toEqual([]);
  });

  it('is not made when it is missing, and not left through a link', async () => {
    await expect(new DirectoryDestination(join(root, 'unmounted')).deliver(small(), going)).rejects.toMatchObject({ code: 'destination_missing' }); // prettier-ignore
    expect(existsSync(join(root, 'unmounted'))).toBe(false);
    const outside = mkdtempSync(join(tmpdir(), 'pinebill-outside-'));
    mkdirSync(join(root, 'org_1'));
    symlinkSync(outside, folder());
    await expect(new DirectoryDestination(root).deliver(small(), going)).rejects.toMatchObject({ code: 'access_denied' });
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });
});

describe('a bucket', () => {
  let server: S3Server;
  const credentials = { id: 'AKIASPEC', secret: 'a secret / of+this=spec' };
  beforeAll(async () => {
    server = await startS3Server({ bucket: 'audit-exports', credentials });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.objects.clear();
    server.unfinished.clear();
    Object.assign(server, { seen: [], misbehave: null });
  });
  const bucket = (over: { secret?: string; bucket?: string; endpoint?: string } = {}) =>
    new S3Destination(
      {
        ...{
          bucket: over.bucket ?? 'audit-exports',
          region: 'eu-central-1',
          endpoint: over.endpoint ?? server.endpoint,
          prefix: 'logs/prod',
        },
        credentials: { accessKeyId: credentials.id, secretAccessKey: over.secret ?? credentials.secret },
      },
      5 * MIB,
    );
  const large = parcel(randomBytes(11 * MIB), Buffer.from('{}'));
  const key = (name: string) => `logs/prod/org_1/for-the-auditor/2026-11-01_exp_1/${name}`;

  it('has each file whole, in parts where it is large, and the manifest last; a second time nothing is sent', async () => {
    await bucket().deliver(large, going);
    const { bytes, metadata } = server.objects.get(key('exp_1.0.csv'))!;
    expect([sha256(bytes), metadata]).toEqual([large.files[0]!.sha256, { sha256: large.files[0]!.sha256 }]);
    expect(server.seen.filter((line) => line.startsWith('PUT'))).toHaveLength(4);
    expect(server.seen.at(-1)).toBe(`PUT ${key('exp_1.manifest.json')}`);
    expect(bucket().shown(large.location)).toBe('s3://audit-exports/logs/prod/org_1/for-the-auditor/2026-11-01_exp_1');
    server.seen = [];
    await bucket().deliver(large, going);
    expect(server.seen.filter((line) => !line.startsWith('HEAD') && !line.startsWith('GET'))).toEqual([]);
    const back = mkdtempSync(join(tmpdir(), 'pinebill-fetched-'));
    await bucket().fetch(large.location, 'exp_1.0.csv', join(back, 'file'), going);
    expect(sha256(readFileSync(join(back, 'file')))).toBe(large.files[0]!.sha256);
    await expect(bucket().fetch(large.location, 'exp_1.9.csv', join(back, 'none'), going)).rejects.toMatchObject({ code: 'files_gone' });
    rmSync(back, { recursive: true });
    await bucket().remove(large.location, large.files.map(({ name }) => name)); // prettier-ignore
    expect(server.objects.size).toBe(0);
  });

  it('is delivered to anew after a death in the middle, and keeps no parts of the dead', async () => {
    // From the second part on nothing gets through: not even that the upload is given up.
    server.misbehave = ({ query, method }) => (query.get('partNumber') === '2' || method === 'DELETE' ? 'hang up' : null);
    await expect(bucket().deliver(large, going)).rejects.toMatchObject({ code: 'unreachable' });
    expect([server.objects.size, server.unfinished.size]).toEqual([0, 1]);
    server.misbehave = null;
    await bucket().deliver(large, going);
    expect([server.objects.size, server.unfinished.size]).toEqual([2, 0]);
    expect(sha256(server.objects.get(key('exp_1.0.csv'))!.bytes)).toBe(large.files[0]!.sha256);
  });

  it('stops when it is told to, and says so', async () => {
    const stop = new AbortController();
    server.misbehave = ({ query }) => {
      if (query.get('partNumber') === '2') stop.abort();
      return null;
    };
    await expect(bucket().deliver(large, stop.signal)).rejects.toMatchObject({ code: 'interrupted' });
    expect(server.objects.has(key('exp_1.manifest.json'))).toBe(false);
  });

  it.each([
    ['a wrong secret', () => bucket({ secret: 'another secret' }), 'access_denied'],
    ['a bucket that is not there', () => bucket({ bucket: 'another-bucket' }), 'destination_missing'],
    ['a server that is not there', () => bucket({ endpoint: 'http://127.0.0.1:9' }), 'unreachable'],
  ])('says what is wrong with %s, in words of ours', async (_, destination, code) => {
    const failure = await destination().deliver(small(), going).catch((error: unknown) => error); // prettier-ignore
    expect(failure).toMatchObject({ code, message: expect.not.stringMatching(/AKIASPEC|127\.0\.0\.1|another/) });
    expect(server.objects.size).toBe(0);
  });

  it('takes files from a key that may only write, and says when it may not even that', async () => {
    server.misbehave = ({ method }) => (method === 'PUT' ? null : { status: 403, code: 'AccessDenied' });
    await bucket().deliver(small(), going);
    expect(server.objects.size).toBe(2);
    // Not every server that calls itself compatible can list them.
    server.misbehave = ({ query }) => (query.has('uploads') ? { status: 501, code: 'NotImplemented' } : null);
    await bucket().deliver(small(), going);
    server.misbehave = () => ({ status: 403, code: 'AccessDenied' });
    await expect(bucket().deliver(small(), going)).rejects.toMatchObject({ code: 'access_denied' });
    server.misbehave = ({ method }) => (method === 'PUT' ? { status: 503, code: 'SlowDown' } : null);
    await expect(bucket().deliver(small(), going)).rejects.toMatchObject({ code: 'unreachable' });
  });
});
