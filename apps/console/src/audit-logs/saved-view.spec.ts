import { parseLogFilter } from '@pinebill/contract';
import fc from 'fast-check';
import { aView } from '../testing/reading-builders';
import { apiFilter, emptyQuery, only, readQuery, showEverybody, writeQuery, type LogQuery } from './log-query';
import { contentOf, isEdited, viewQuery } from './saved-view';
import type { Look } from './use-look';

const look: Look = { columns: ['status', 'path'], density: 'compact' };
const saved = (query: LogQuery) => aView(1, contentOf(query, look));
const lists = (filter: object) => Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, [value].flat()]));
const now = new Date('2025-12-02T10:00:00Z');

const aQuery = fc
  .record({
    status: fc.constantFrom(null, '4xx', '!404,5xx'),
    path: fc.constantFrom(null, '/v1/invoices*', 'a\\,b'),
    actorType: fc.constantFrom(null, 'any', '!user', 'user', 'apiKey'),
    requestId: fc.constantFrom(null, null, 'req_01jdw2f8qtfvkbh1mv40000001'),
    minDurationMs: fc.constantFrom(null, '12'),
    from: fc.constantFrom(null, null, '2025-12-01T00:00:00.000Z'),
    to: fc.constantFrom(null, null, '2025-12-02T00:00:00.000Z'),
    range: fc.constantFrom(null, '15m', 'all'),
    order: fc.constantFrom(null, 'asc'),
  })
  .map((fields) => readQuery(new URLSearchParams(Object.entries(fields).flatMap(([name, value]): [string, string][] => (value === null ? [] : [[name, value]]))).toString())); // prettier-ignore

it('a view asks the API what was asked when it was saved, and is not edited when it is opened', () => {
  fc.assert(
    fc.property(aQuery, (query) => {
      const view = saved(query);
      expect(parseLogFilter(view.filter).issues).toEqual([]);
      const opened = viewQuery(view);
      expect(lists(apiFilter(opened, now))).toEqual(lists(apiFilter(query, now)));
      expect(opened.order).toBe(query.order);
      expect(isEdited(view, opened, look)).toBe(false);
      // As its URL says it, after a reload.
      expect(isEdited(view, readQuery(writeQuery(opened).toString()), look)).toBe(false);
    }),
  );
});

it('is edited by another filter, order, column or density', () => {
  const view = saved(only(emptyQuery, 'status', '4xx'));
  const opened = viewQuery(view);
  for (const changed of [
    only(opened, 'status', '5xx'),
    showEverybody(opened),
    { ...opened, order: 'asc' as const },
    { ...opened, preset: '7d' as const },
    { ...opened, columns: ['path', 'status'] as const },
    { ...opened, density: 'comfortable' as const },
  ])
    expect(isEdited(view, changed, look)).toBe(true);
});

it('of a view that does not say how it looks, what the reader likes is no edit', () => {
  const view = aView(1);
  expect(isEdited(view, viewQuery(view), look)).toBe(false);
});
