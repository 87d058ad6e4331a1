/** For a question to the database that somebody waits for at the door: a server that hangs must look like one that is away. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  /** As the network would say it, so that it is taken for the same thing (problem.ts). */
  readonly code = 'ETIMEDOUT';
}

/** The answer, or a DeadlineError after `ms`. The work itself goes on; nobody listens any more. */
export async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
