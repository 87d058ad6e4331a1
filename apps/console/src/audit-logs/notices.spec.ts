import { noticeOf } from './notices';

const gap = { from: '2025-12-02T10:00:00.000Z', to: '2025-12-02T10:05:00.000Z', count: null, atMost: 12_340, cause: 'coalesced' };
const row = { kind: 'gap', gap, query: null, ip: '203.0.113.9' } as const;

describe('a row that is no request', () => {
  it('says how many refusals of an address were counted together', () => {
    expect(noticeOf({ ...row, gap: { ...gap, count: 12_340 } }).title).toBe('12,340 refusals from 203.0.113.9, counted together');
    expect(noticeOf(row)).toMatchObject({
      title: 'At most 12,340 refusals from 203.0.113.9, counted together',
      range: { from: gap.from, to: gap.to },
    });
  });

  it('says how many requests are missing at most, and why', () => {
    const { title, why } = noticeOf({ ...row, gap: { ...gap, count: 1, cause: 'journal_full' } });
    expect(title).toBe('1 request not recorded');
    expect(why).toMatch(/journal on disk was full/);
  });

  it('shows a cause that it does not know as it came', () => {
    expect(noticeOf({ ...row, gap: { ...gap, cause: 'new_cause' } }).why).toBe('Cause: new cause.');
    expect(noticeOf({ ...row, gap: null }).title).toBe('Requests are missing here');
  });

  it('says how the log records from now on', () => {
    const { title, why } = noticeOf({ kind: 'mode', gap: null, query: { from: 'durable', to: 'async' }, ip: null });
    expect(title).toBe('The recording mode changed from durable to async');
    expect(why).toMatch(/a crash may lose/);
  });
});
