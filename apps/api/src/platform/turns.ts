/** For what keeps PostgreSQL busy: so many at once for each organization; the others wait for their turn without a connection, so that everybody else has some left. */
import { AppError } from './app-error';

type Line = { running: number; waiting: (() => void)[] };

export class Turns {
  private readonly lines = new Map<string, Line>();

  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
  ) {}

  async take<T>({ organizationId }: { organizationId: string }, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(organizationId) ?? { running: 0, waiting: [] };
    this.lines.set(organizationId, line);
    if (line.running < this.atOnce) line.running++;
    else if (line.waiting.length < this.mostWaiting) await new Promise<void>((begin) => line.waiting.push(begin));
    else throw tooMany();
    try {
      return await work();
    } finally {
      // Whoever is next takes over the place.
      const next = line.waiting.shift();
      if (next) next();
      else if (--line.running === 0) this.lines.delete(organizationId);
    }
  }
}

const tooMany = (): AppError =>
  new AppError('overload', {
    detail:
      'Too many questions of this kind are being answered for the organization. Come again in a few seconds, or ask for less at a time.',
    headers: { 'retry-after': '2' },
  });
