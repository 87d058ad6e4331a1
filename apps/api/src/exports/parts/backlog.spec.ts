import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Backlog } from './backlog';

async function all<T>(backlog: Backlog<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of backlog.taken()) taken.push(item);
  return taken;
}

it('gives everything, in order, and is never further ahead than it may be', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 30 }), fc.integer({ min: 1, max: 100 }), async (sizes, most) => {
      const backlog = new Backlog<number>(most);
      let [ahead, furthest] = [0, 0];
      const bringing = (async () => {
        for (const [index, size] of sizes.entries()) {
          ahead += size;
          furthest = Math.max(furthest, ahead - size);
          await backlog.put(index, size);
        }
        backlog.end();
      })();
      const taken: number[] = [];
      for await (const index of backlog.taken()) {
        ahead -= sizes[index] ?? 0;
        taken.push(index);
        if (index % 3 === 0) await turn();
      }
      await bringing;
      expect(taken).toEqual([...sizes.keys()]);
      // One is in the hands of whoever takes.
      expect(furthest).toBeLessThanOrEqual(most + Math.max(0, ...sizes));
    }),
    { numRuns: 50 },
  );
});

it('either side fails when the other does', async () => {
  const brought = new Backlog<number>(10);
  await brought.put(1, 1);
  brought.fail(new Error('the database is away'));
  await expect(all(brought)).rejects.toThrow('the database is away');
  const full = new Backlog<number>(1);
  const waiting = full.put(1, 5);
  full.fail(new Error('the lease is lost'));
  await expect(waiting).rejects.toThrow('the lease is lost');
  await expect(full.put(2, 1)).rejects.toThrow('the lease is lost');
});
