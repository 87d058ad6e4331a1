import { Places } from './places';

const going = new AbortController().signal;

it('who asks is refused while all places are taken; who waits gets the next one, before anybody who asks again and again', async () => {
  const places = new Places(2);
  const [first, second] = [places.enter()!, places.enter()!];
  expect(places.enter()).toBeNull();
  const order: string[] = [];
  const waited = places.wait(going).then((leave) => {
    order.push('waited');
    return leave;
  });
  first();
  expect(places.enter()).toBeNull();
  const leave = await waited;
  expect(order).toEqual(['waited']);
  leave();
  leave();
  const third = places.enter();
  expect([third, places.enter()]).toEqual([expect.any(Function), null]);
  second();
  third!();
  expect([places.enter(), places.enter(), places.enter()]).toEqual([expect.any(Function), expect.any(Function), null]);
});

it('who does not need it any more waits no longer, and keeps no place', async () => {
  const places = new Places(1);
  const leave = places.enter()!;
  const stop = new AbortController();
  const waited = places.wait(stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waited).rejects.toThrow('stopped');
  await expect(places.wait(stop.signal)).rejects.toThrow('stopped');
  leave();
  expect(places.enter()).toEqual(expect.any(Function));
});
