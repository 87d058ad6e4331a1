import { ExportFailed, LeaseLost, Stopping } from '../export-run';
import { Incomplete } from '../parts/part';
import type { Failure } from './messages';

function kindOf(error: unknown): Failure['kind'] {
  if (error instanceof ExportFailed) return 'final';
  if (error instanceof Incomplete) return 'incomplete';
  if (error instanceof LeaseLost) return 'lost';
  return error instanceof Stopping ? 'stopping' : 'other';
}

export function toFailure(error: unknown): Failure {
  const { name, message, code, stack }: Error & { code?: unknown } = error instanceof Error ? error : new Error(String(error));
  return { kind: kindOf(error), name, message, code: typeof code === 'string' ? code : null, stack: stack ?? null };
}

export function toError({ kind, name, message, code, stack }: Failure): Error {
  switch (kind) {
    case 'final':
      return new ExportFailed(code ?? 'internal_error', message);
    case 'incomplete':
      return Object.assign(new Incomplete(0, 0), { message });
    case 'lost':
      return new LeaseLost();
    case 'stopping':
      return new Stopping();
    case 'other':
      return Object.assign(new Error(message), { name, ...(code !== null && { code }), ...(stack !== null && { stack }) });
  }
}
