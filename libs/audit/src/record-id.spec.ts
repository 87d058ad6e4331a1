import { parse, validate, version } from 'uuid';
import { newRecordId, recordIdTime } from './record-id';

/** A time that no other spec of this process has reached. */
const later = Date.UTC(2100, 0, 1);

describe('ids of records', () => {
  it('are version 7 uuids that tell the millisecond', () => {
    const id = newRecordId(later);
    expect(validate(id)).toBe(true);
    expect(version(id)).toBe(7);
    expect(recordIdTime(id)).toEqual(new Date(later));
  });

  it('grow strictly, within a millisecond, over milliseconds, and when the clock goes back', () => {
    const times = Array.from({ length: 20_000 }, (_, at) => later + 10 + Math.floor(at / 1_000) - (at % 7 === 0 ? 3_600_000 : 0));
    const ids = times.map(newRecordId);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('differ in their random part from one to the next', () => {
    const tails = Array.from({ length: 1_000 }, () => Buffer.from(parse(newRecordId(later + 100))).toString('hex', 11));
    expect(new Set(tails).size).toBeGreaterThan(990);
  });
});
