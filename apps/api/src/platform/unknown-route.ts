/** What to say about a path that leads nowhere: the method is wrong (405), the version is (404 with a hint), or all of it. */
import { AppError } from './app-error';

/** `/v2/invoices`, `//v1/invoices`, `/V1/invoices`, `/v1.0/invoices`. */
const otherVersion = /^\/+v\d[\d.]*(?=\/|$)/i;

type Routes = { allowedMethods(rawPath: string): readonly string[] };

export function unknownRoute(method: string, rawPath: string, routes: Routes): AppError {
  const allowed = routes.allowedMethods(rawPath);
  if (allowed.length > 0) {
    const takes = allowed.join(', ');
    return new AppError('method_not_allowed', { detail: `This endpoint takes ${takes}, not ${method}.`, headers: { allow: takes } });
  }
  const hint = correctedPath(rawPath, routes);
  if (hint !== null) return new AppError('wrong_version', { detail: `The API is version 1, below /v1/. ${hint}` });
  return new AppError('route_not_found', { detail: 'There is no such endpoint. The endpoints are listed at /docs.' });
}

/** Null: nothing suggests that the version is what is wrong. The path itself is not repeated: it may hold a secret. */
function correctedPath(rawPath: string, routes: Routes): string | null {
  const exists = (path: string): boolean => routes.allowedMethods(path).length > 0;
  if (rawPath === '/v1' || rawPath.startsWith('/v1/')) return null;
  if (otherVersion.test(rawPath)) {
    return exists(rawPath.replace(otherVersion, '/v1'))
      ? 'Replace the beginning of the path by /v1 and it leads to an endpoint.'
      : 'See /docs for the endpoints.';
  }
  if (rawPath.startsWith('//')) return 'The path begins with more than one slash.';
  return exists(`/v1${rawPath}`) ? 'Put /v1 before the path and it leads to an endpoint.' : null;
}
