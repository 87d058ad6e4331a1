import fc from 'fast-check';
import { AppError } from './app-error';
import { decodeCursor, encodeCursor, pageOf, type CursorBinding } from './cursor';

const binding: CursorBinding = {
  list: 'api-keys',
  organizationId: '0190a0b0-0000-7000-8000-000000000001',
  order: 'desc',
  filter: { state: ['active'], from: new Date(0) },
};
const position = { at: new Date('2026-01-02T03:04:05.678Z'), id: '0190a0b0-0000-7000-8000-000000000002' };

describe('cursor', () => {
  it('gives back the position it was made from', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date('0002-01-01') }), fc.uuid(), (at, id) => {
        expect(decodeCursor(encodeCursor(binding, { at, id }), binding)).toEqual({ at, id });
      }),
    );
  });

  it.each<[string, Partial<CursorBinding>]>([
    ['list', { list: 'activity' }],
    ['organization', { organizationId: '0190a0b0-0000-7000-8000-000000000009' }],
    ['order', { order: 'asc' }],
    ['filter', { filter: { state: ['revoked'], from: new Date(0) } }],
    ['time in the filter', { filter: { state: ['active'], from: new Date(1) } }],
  ])('refuses a cursor of another %s', (_, other) => {
    const cursor = encodeCursor(binding, position);
    expect(() => decodeCursor(cursor, { ...binding, ...other })).toThrow(expect.objectContaining({ code: 'invalid_cursor' }));
  });

  it('takes the names of a filter in any order', () => {
    const cursor = encodeCursor({ ...binding, filter: { a: 1, b: undefined, c: 2 } }, position);
    expect(decodeCursor(cursor, { ...binding, filter: { c: 2, a: 1 } })).toEqual(position);
  });

  it('refuses any text that is not a cursor, and every change of one', () => {
    const cursor = encodeCursor(binding, position);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(() => decodeCursor(text, binding)).toThrow(AppError);
      }),
    );
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_', '='), (index, letter) => {
        const changed = cursor.slice(0, index) + letter + cursor.slice(index + 1);
        fc.pre(changed !== cursor);
        expect(() => decodeCursor(changed, binding)).toThrow(AppError);
      }),
    );
  });

  it('knows from one row too many that there is a next page', () => {
    const rows = [3, 2, 1].map((n) => ({ at: new Date(n), id: position.id }));
    const as = { binding, at: (row: (typeof rows)[number]) => row, view: (row: (typeof rows)[number]) => row.at.getTime() };
    const page = pageOf(rows, 2, as);
    expect(page.data).toEqual([3, 2]);
    expect(decodeCursor(page.nextCursor ?? '', binding).at).toEqual(new Date(2));
    expect(pageOf(rows, 3, as).nextCursor).toBeNull();
  });
});
