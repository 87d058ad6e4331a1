import type { LeakPolicy } from '@pinebill/contract';
import type { KeyRow } from '../api-keys';
import { actionsOf, isNews } from './leak-actions';
import type { LeakReportRow } from './leak-reports.queries';

const now = new Date('2026-01-02T03:04:05Z');
const before = new Date(now.getTime() - 1_000);
const blank = { expires_at: null, disabled_at: null, quarantined_at: null, rotated_out_at: null, revoked_at: null };
const keyOf = (fields: Partial<KeyRow>): KeyRow => Object.assign({ id: 'k' }, blank, fields) as KeyRow;
const reportOf = (fields: Partial<LeakReportRow> = {}): LeakReportRow => Object.assign({ id: 'r', api_key_id: 'k', handled_at: null }, fields) as LeakReportRow; // prettier-ignore

const states: [string, Partial<KeyRow>, Record<LeakPolicy, string>][] = [
  ['active', {}, { revoke: 'revoked', quarantine: 'quarantined', alert: 'alerted open: no' }],
  ['quarantined', { quarantined_at: before }, { revoke: 'revoked', quarantine: 'no', alert: 'no' }],
  ['disabled', { disabled_at: before }, { revoke: 'revoked', quarantine: 'no', alert: 'no' }],
  ['expired', { expires_at: before }, { revoke: 'revoked', quarantine: 'no', alert: 'no' }],
  ['revoked', { revoked_at: before }, { revoke: 'no', quarantine: 'no', alert: 'no' }],
];
it.each(states)('a key that is %s, reported again at the same place, is acted on when there is something to do', (_, fields, expected) => {
  const found = (['revoke', 'quarantine', 'alert'] as const).map((policy) => {
    const [leak] = actionsOf([reportOf({ handled_at: before })], new Map([['k', keyOf(fields)]]), { policy, now });
    const [open, over] = [true, false].map((isOpen) => isNews(leak!, { isOpen, now }));
    // Told in an incident that is open it is told enough.
    return [policy, open ? leak!.action : over ? `${leak!.action} open: no` : 'no'];
  });
  expect(Object.fromEntries(found)).toEqual(expected);
});

it('the first report is news whatever the key is; of two places of one key the first one stops it', () => {
  const reports = [reportOf(), reportOf({ id: 's' })];
  const leaksOf = (policy: LeakPolicy) => actionsOf(reports, new Map([['k', keyOf({})]]), { policy, now });
  expect(leaksOf('revoke').map(({ action }) => action)).toEqual(['revoked', 'alreadyRevoked']);
  expect(leaksOf('quarantine').map(({ action }) => action)).toEqual(['quarantined', 'alerted']);
  expect(leaksOf('revoke').map((leak) => isNews(leak, { isOpen: true, now }))).toEqual([true, true]);
});
