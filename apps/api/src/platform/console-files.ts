/** The built console: served beside the API on the same port, so that its cookie is first-party. Compressed copies were made at the build. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ofDocuments } from './security-headers';

const COMPRESSED = /\.(br|gz)$/;
const A_YEAR = 'public, max-age=31536000, immutable';

/** Paths as a browser asks for them, `/` among them; empty when there is no console. */
export function consoleFiles(directory: string | null): ReadonlySet<string> {
  if (directory === null || !existsSync(join(directory, 'index.html'))) return new Set();
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !COMPRESSED.test(entry.name),
  );
  return new Set(['/', ...files.map((entry) => `/${relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/')}`)]);
}

/** What the sign-in page must know before it asks anything: told in the page itself, so that a visit leaves no request in the log for it. */
export type PageFacts = { /** Shown on the button of the OpenID provider. */ provider: string | null };

export async function serveConsole(app: NestFastifyApplication, directory: string | null, facts: PageFacts): Promise<void> {
  if (directory === null || consoleFiles(directory).size === 0) return;
  if (facts.provider !== null) serveIndex(app, pageWith(readFileSync(join(directory, 'index.html'), 'utf8'), facts.provider));
  await app
    .getHttpAdapter()
    .getInstance()
    .register(fastifyStatic, {
      root: directory,
      prefix: '/',
      // One route a file: everything else stays with the API, whose 404 says more.
      wildcard: false,
      globIgnore: ['**/*.br', '**/*.gz', ...(facts.provider === null ? [] : ['index.html'])],
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const isAsset = path.includes(`${sep}assets${sep}`);
        // Names below assets/ hold a hash of the content.
        void reply.header('cache-control', isAsset ? A_YEAR : 'no-cache');
        // What a document may do is said with the document: with each of forty scripts it would be half a kilobyte more.
        if (isAsset) for (const name of ofDocuments) void reply.removeHeader(name);
      },
    });
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const pageWith = (html: string, provider: string): string =>
  html.replace('</head>', `<meta name="pinebill-provider" content="${escaped(provider)}"></head>`);

/** Uncompressed: it is smaller than one packet. */
function serveIndex(app: NestFastifyApplication, html: string): void {
  for (const path of ['/', '/index.html'])
    app
      .getHttpAdapter()
      .getInstance()
      .get(path, (_, reply) => void reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html));
}
