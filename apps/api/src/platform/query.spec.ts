import { readChoices, readLimit, readOrder, readPeriod, readQuery, readText } from './query';

const refused = (code: string, pointer: string) =>
  expect.objectContaining({ code, options: expect.objectContaining({ issues: [expect.objectContaining({ pointer })] }) });

describe('query', () => {
  it('refuses an unknown parameter and lists the known ones without repeating the unknown', () => {
    const read = () => readQuery({ limit: '1', s3cret: 'x' }, ['limit', 'cursor']);
    expect(read).toThrow(refused('unknown_parameter', '?'));
    expect(read).toThrow(/limit, cursor/);
    expect(read).not.toThrow(/s3cret/);
    expect(() => readQuery({ toString: 'x' }, [])).toThrow(/takes none/);
    expect(readQuery(undefined, [])).toEqual({});
  });

  it.each(['0', '201', '-1', '1.5', 'ten', '', '1e2', '99999'])('refuses a limit of %p', (limit) => {
    expect(() => readLimit({ limit })).toThrow(refused('invalid_field', '?limit'));
  });

  it('takes limits from 1 to 200, and 50 without one', () => {
    expect([readLimit({}), readLimit({ limit: '1' }), readLimit({ limit: '200' })]).toEqual([50, 1, 200]);
  });

  it('refuses a repeated parameter', () => {
    expect(() => readText({ cursor: ['a', 'b'] }, 'cursor')).toThrow(refused('invalid_field', '?cursor'));
  });

  it('reads the order, descending by default', () => {
    expect([readOrder({}), readOrder({ order: 'asc' })]).toEqual(['desc', 'asc']);
    expect(() => readOrder({ order: 'up' })).toThrow(refused('invalid_field', '?order'));
  });

  it('reads a list of known words, each once', () => {
    expect(readChoices({ state: 'b,a,b' }, 'state', ['a', 'b', 'c'])).toEqual(['a', 'b']);
    expect(() => readChoices({ state: 'a,' }, 'state', ['a'])).toThrow(refused('invalid_field', '?state'));
  });

  it('refuses a period that ends before it begins, and what is no time', () => {
    expect(() => readPeriod({ from: '2026-01-02', to: '2026-01-01' })).toThrow(refused('invalid_field', '?from'));
    expect(() => readPeriod({ to: 'soon' })).toThrow(refused('invalid_field', '?to'));
    expect(readPeriod({ from: '2026-01-01T00:00:00Z' })).toEqual({ from: new Date('2026-01-01T00:00:00Z'), to: null });
  });
});
