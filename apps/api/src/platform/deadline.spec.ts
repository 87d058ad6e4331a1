import { withDeadline } from './deadline';
import { isDatabaseAway } from './problem';

it('gives the answer, and the failure, of work that is in time', async () => {
  await expect(withDeadline(Promise.resolve('yes'), 1_000)).resolves.toBe('yes');
  await expect(withDeadline(Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
});

it('looks like an absent database when the work hangs', async () => {
  const failure: unknown = await withDeadline(new Promise(() => undefined), 1).catch((error: unknown) => error);
  expect(isDatabaseAway(failure)).toBe(true);
});
