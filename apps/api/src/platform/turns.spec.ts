import { AppError } from './app-error';
import { Turns } from './turns';

const home = { organizationId: 'home' };

it('lets so many of an organization work at once, the others in order, and none beyond that', async () => {
  const turns = new Turns(2, 3);
  const log: string[] = [];
  const ends = new Map<number, () => void>();
  const asked = Array.from({ length: 6 }, (_, index) =>
    turns
      .take(home, async () => {
        log.push(`begins ${index}`);
        await new Promise<void>((end) => ends.set(index, end));
        if (index === 0) throw new Error('failed');
      })
      .then(() => log.push(`ended ${index}`))
      .catch((error: unknown) => log.push(`${error instanceof AppError ? error.code : (error as Error).message} ${index}`)),
  );
  await Promise.all([asked[5], turns.take({ organizationId: 'other' }, () => Promise.resolve(log.push('other')))]);
  expect(log).toEqual(['begins 0', 'begins 1', 'other', 'overload 5']);
  // One that fails gives its place away as well.
  for (const index of [0, 1, 2, 3, 4]) {
    ends.get(index)!();
    await asked[index];
  }
  expect(log.slice(4)).toEqual(['begins 2', 'failed 0', 'begins 3', 'ended 1', 'begins 4', 'ended 2', 'ended 3', 'ended 4']);
  await expect(turns.take(home, () => Promise.resolve('free again'))).resolves.toBe('free again');
});
