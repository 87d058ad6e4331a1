import { isDatabaseAway } from '../../platform/problem';
import { ExportFailed, LeaseLost, Stopping } from '../export-run';
import { Incomplete } from '../parts/part';
import { toError, toFailure } from './failures';

const there = (error: unknown): Error => toError(structuredClone(toFailure(error)));

it('what went wrong in the thread is known for what it is outside', () => {
  expect(there(new ExportFailed('disk_full', 'The disk is full.'))).toMatchObject({ code: 'disk_full', message: 'The disk is full.' });
  expect(there(new ExportFailed('disk_full', 'The disk is full.'))).toBeInstanceOf(ExportFailed);
  expect(there(new LeaseLost())).toBeInstanceOf(LeaseLost);
  expect(there(new Stopping())).toBeInstanceOf(Stopping);
  expect(there(new Incomplete(3, 4))).toBeInstanceOf(Incomplete);
  expect(there(new Incomplete(3, 4)).message).toBe('3 rows were written where 4 were counted');
  expect(there(Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toMatchObject({ code: 'ENOSPC', message: 'no space' });
  expect(isDatabaseAway(there(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })))).toBe(true);
  expect(there('words')).toMatchObject({ message: 'words' });
});
