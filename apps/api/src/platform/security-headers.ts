/** Headers on every answer of the framework: what a browser may do with our pages, and that no answer of the API is kept. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const contentSecurityPolicy = [
  `default-src 'self'`,
  `script-src 'self'`,
  // The console's components (Emotion) and the API reference write style elements.
  `style-src 'self' 'unsafe-inline'`,
  `img-src 'self' data:`,
  `font-src 'self'`,
  `connect-src 'self'`,
  `object-src 'none'`,
  `base-uri 'none'`,
  `form-action 'self'`,
  `frame-ancestors 'none'`,
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Those that mean nothing to a browser on anything but a page. */
export const ofDocuments = ['content-security-policy', 'x-frame-options', 'cross-origin-opener-policy', 'permissions-policy'] as const;

const overHttps = (publicUrl: string | null): Record<string, string> =>
  publicUrl?.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {};

/** For what is refused at the server's edge, before the framework has a say. */
export const ofRefusals = (publicUrl: string | null): Record<string, string> => ({
  'x-content-type-options': headers['x-content-type-options'],
  ...overHttps(publicUrl),
});

export function addSecurityHeaders(app: NestFastifyApplication, publicUrl: string | null): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (_, reply, done) => {
      // For every answer, however its path was spelt; console files say otherwise themselves.
      reply.headers({ ...headers, ...overHttps(publicUrl), 'cache-control': 'no-store' });
      done();
    });
}
