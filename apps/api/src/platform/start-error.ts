/** The start cannot go on, for a reason that the operator can do something about: one clear line, exit code 1, no stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** `EACCES`, `ECONNREFUSED`, `28P01`: the part of a system's error that is worth a line. */
export function codeOf(error: unknown): string | null {
  // Not instanceof Error: errors of Node's own modules are of another realm in a test.
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : null;
  return typeof code === 'string' ? code : null;
}
