/**
 * A server that speaks as much of S3 as a delivery needs, written from Amazon's description and not from the client: it checks the signature of each
 * request (Signature Version 4, the sum of the body included) and puts parts together only when they are the ones that it was given, none but the
 * last smaller than 5 MiB. It keeps everything in memory, and can be told to misbehave.
 */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

const LEAST_PART = 5 * 1024 * 1024;
const DAY = /^\d{8}T\d{6}Z$/;

type Stored = { bytes: Buffer; metadata: Record<string, string> };
type Unfinished = { key: string; metadata: Record<string, string>; parts: Map<number, { bytes: Buffer; etag: string }> };
type Asked = { method: string; key: string; query: URLSearchParams; headers: IncomingMessage['headers']; body: Buffer };
type Answered = { status: number; headers?: Record<string, string>; body?: string | Buffer };
/** `hang up`: the connection breaks without an answer. */
export type Misbehaviour = (asked: Pick<Asked, 'method' | 'key' | 'query'>) => { status: number; code: string } | 'hang up' | null;

export type S3Server = {
  endpoint: string;
  objects: Map<string, Stored>;
  unfinished: Map<string, Unfinished>;
  /** Each request that was signed rightly: `PUT a/b.csv`. */
  seen: string[];
  misbehave: Misbehaviour | null;
  close(): Promise<void>;
};

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const md5 = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;
const problem = (status: number, code: string): Answered => ({ status, body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>` }); // prettier-ignore

type Claim = { id: string; day: string; region: string; signed: readonly string[]; signature: string };
const CLAIM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

function claimOf({ headers: { authorization = '' } }: IncomingMessage): Claim | null {
  const [matched, id = '', day = '', region = '', signed = '', signature = ''] = CLAIM.exec(authorization) ?? [];
  return matched === undefined ? null : { id, day, region, signed: signed.split(';'), signature };
}

/** What was signed, made again from what arrived. */
function canonicalOf({ method = '', url = '', headers }: IncomingMessage, signed: readonly string[], sum: string): string {
  const [path = '', search = ''] = url.split('?');
  const query = search.split('&').filter(Boolean).map((pair) => (pair.includes('=') ? pair : `${pair}=`)).sort().join('&'); // prettier-ignore
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`).join('');
  return [method, path, query, lines, signed.join(';'), sum].join('\n');
}

/** Null when the request was signed with the secret, by whoever has it, for this moment and this body. */
function refusal(request: IncomingMessage, body: Buffer, credentials: { id: string; secret: string }): string | null {
  const { 'x-amz-date': at, 'x-amz-content-sha256': sum } = request.headers as Record<string, string>;
  const claim = claimOf(request);
  if (!claim || claim.id !== credentials.id) return 'InvalidAccessKeyId';
  if (!DAY.test(at ?? '') || !at?.startsWith(claim.day) || !claim.signed.includes('host')) return 'SignatureDoesNotMatch';
  if (sum !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const scope = [claim.day, claim.region, 's3', 'aws4_request'];
  const key = scope.reduce<Buffer | string>(hmac, `AWS4${credentials.secret}`);
  const text = ['AWS4-HMAC-SHA256', at, scope.join('/'), sha256(canonicalOf(request, claim.signed, sum))].join('\n');
  return timingSafeEqual(hmac(key, text), Buffer.from(claim.signature, 'hex')) ? null : 'SignatureDoesNotMatch';
}

const metadataOf = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-amz-meta-') ? [[name.slice(11), String(value)]] : []))); // prettier-ignore

function complete(upload: Unfinished, body: Buffer): Stored | null {
  const listed = [...body.toString().matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: /<ETag>(.*?)</.exec(part)?.[1]?.replaceAll('&quot;', '"'),
  }));
  const parts = listed.map(({ number, etag }) => {
    const part = upload.parts.get(number);
    return part?.etag === etag ? part : null;
  });
  const inOrder = listed.every(({ number }, index) => number === (listed[index - 1]?.number ?? 0) + 1);
  const whole = parts.length > 0 && inOrder && parts.every((part, index) => part && (index === parts.length - 1 || part.bytes.length >= LEAST_PART)); // prettier-ignore
  return whole ? { bytes: Buffer.concat(parts.map((part) => part?.bytes ?? Buffer.alloc(0))), metadata: upload.metadata } : null;
}

type Held = Pick<S3Server, 'objects' | 'unfinished'>;

function ofUploads({ objects, unfinished }: Held, { method, key, query, headers, body }: Asked): Answered {
  if (method === 'GET') {
    const found = [...unfinished].filter(([, upload]) => upload.key.startsWith(query.get('prefix') ?? ''));
    const listed = found.map(([id, upload]) => `<Upload><Key>${upload.key}</Key><UploadId>${id}</UploadId></Upload>`).join('');
    return { status: 200, body: `<?xml version="1.0"?><ListMultipartUploadsResult>${listed}</ListMultipartUploadsResult>` };
  }
  if (method === 'POST' && query.has('uploads')) {
    const id = randomUUID();
    unfinished.set(id, { key, metadata: metadataOf(headers), parts: new Map() });
    return { status: 200, body: `<?xml version="1.0"?><InitiateMultipartUploadResult><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>` }; // prettier-ignore
  }
  const id = query.get('uploadId') ?? '';
  const upload = unfinished.get(id);
  if (upload?.key !== key) return problem(404, 'NoSuchUpload');
  if (method === 'PUT') {
    upload.parts.set(Number(query.get('partNumber')), { bytes: body, etag: md5(body) });
    return { status: 200, headers: { etag: md5(body) } };
  }
  unfinished.delete(id);
  if (method === 'DELETE') return { status: 204 };
  const stored = complete(upload, body);
  if (!stored) return problem(400, 'InvalidPart');
  objects.set(key, stored);
  return { status: 200, body: `<?xml version="1.0"?><CompleteMultipartUploadResult><Key>${key}</Key><ETag>"x-1"</ETag></CompleteMultipartUploadResult>` }; // prettier-ignore
}

function ofObjects({ objects }: Held, { method, key, headers, body }: Asked): Answered {
  if (method === 'PUT') {
    objects.set(key, { bytes: body, metadata: metadataOf(headers) });
    return { status: 200, headers: { etag: md5(body) } };
  }
  if (method === 'DELETE') {
    objects.delete(key);
    return { status: 204 };
  }
  const found = objects.get(key);
  if (!found) return { status: 404 };
  const metadata = Object.entries(found.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  return {
    status: 200,
    headers: { ...Object.fromEntries(metadata), 'content-length': String(found.bytes.length), etag: md5(found.bytes) },
    body: found.bytes,
  };
}

export async function startS3Server({
  bucket,
  credentials,
}: {
  bucket: string;
  credentials: { id: string; secret: string };
}): Promise<S3Server> {
  const server: S3Server = { endpoint: '', objects: new Map(), unfinished: new Map(), seen: [], misbehave: null, close: () => closed() };
  const answered = (asked: Asked, inBucket: boolean): Answered | 'hang up' => {
    const wish = server.misbehave?.(asked) ?? null;
    if (wish === 'hang up') return wish;
    server.seen.push(`${asked.method} ${asked.key}`);
    if (wish) return problem(wish.status, wish.code);
    if (!inBucket) return problem(404, 'NoSuchBucket');
    return asked.query.has('uploads') || asked.query.has('uploadId') ? ofUploads(server, asked) : ofObjects(server, asked);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://s3');
    const [, named, ...names] = pathname.split('/');
    const asked = { method: request.method ?? '', key: decodeURIComponent(names.join('/')), query, headers: request.headers, body };
    const refused = refusal(request, body, credentials);
    const said = refused === null ? answered(asked, named === bucket) : problem(403, refused);
    if (said === 'hang up') return void request.socket.destroy();
    response.writeHead(said.status, said.headers).end(request.method === 'HEAD' ? undefined : said.body);
  };
  const http = createServer((request, response) => void answer(request, response).catch(() => request.socket.destroy()));
  const closed = (): Promise<void> =>
    new Promise((resolve) => {
      http.close(() => resolve());
      http.closeAllConnections();
    });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  server.endpoint = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return server;
}
