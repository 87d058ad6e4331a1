import fc from 'fast-check';
import { attentionOf, mailOf } from './attention';
import { dateOf, WEEK_MS, weekBefore } from './week';
import type { WeeklyDigest, WeeklyFinding, WeeklyHygieneSection, WeeklyIncident } from './weekly-reviews.dto';

type Digest = Omit<WeeklyDigest, 'attention'>;
const traffic = { requests: 1_000, clientErrors: 40, serverErrors: 2 };
const findings = {
  opened: 0,
  openedBefore: 0,
  open: 0,
  openGrave: 0,
  list: [] as WeeklyFinding[],
  leftOut: 0,
  more: 0,
  openList: [] as WeeklyFinding[],
  openMore: 0,
};
const hygiene = { keys: 3, toDo: 0, sections: [] as WeeklyHygieneSection[] };
const incidents = { opened: 0, closed: 0, open: [] as WeeklyIncident[], openMore: 0 };
const quiet: Digest = {
  period: { from: '2026-11-16T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
  changesMore: 0,
  traffic,
  trafficBefore: traffic,
  changes: [],
  findings,
  hygiene,
  incidents,
};

it.each<[string, Partial<Digest>, string[]]>([
  ['a quiet week', {}, []],
  ['no week before', { trafficBefore: null, traffic: { requests: 1, clientErrors: 0, serverErrors: 1 } }, []],
['findings', { findings: { ...findings, open: 3, openGrave: 1 } }, ['1 grave finding is open.', '2 other findings are open.']],
  ['findings of no weight', { findings: { ...findings, open: 1 } }, ['1 finding is open.']],
  ['an incident', { incidents: { ...incidents, open: [{ id: 'inc_1', number: 1, title: 'T', severity: 'low' }] } }, ['1 incident is open.']],
  ['more incidents than are listed', { incidents: { ...incidents, openMore: 3, open: [{ id: 'inc_1', number: 1, title: 'T', severity: 'low' }] } }, ['4 incidents are open.']],
  ['keys', { hygiene: { ...hygiene, sections: [{ kind: 'rotationOverdue', title: '', count: 2 }, { kind: 'shared', title: '', count: 1 }] } }, ['2 keys have not been rotated in time.', '1 key is used by several services.']],
  ['errors', { traffic: { ...traffic, serverErrors: 30 } }, ['30 requests ended in an error of the server, after 2 the week before.']],
  ['few errors', { traffic: { ...traffic, serverErrors: 19 } }, []],
  ['twice the traffic', { traffic: { ...traffic, requests: 2_000 } }, ['There were 2000 requests, after 1000 the week before.']],
  ['half of it and a little', { traffic: { ...traffic, requests: 501 } }, []],
])('of %s says what to look at first', (_, over, attention) => {
  const digest = { ...quiet, ...over };
  expect(attentionOf(digest)).toEqual(attention);
  const { subject, text } = mailOf({ ...digest, attention }, { week: '2026-11-16', link: 'https://x.example/#/y' });
  expect(subject).toBe(`The week of 2026-11-16: ${attention.length === 0 ? 'nothing stands out' : `${attention.length} to look at`}`);
  expect(text.split('\n')).toEqual(expect.arrayContaining([...attention, 'https://x.example/#/y']));
}); // prettier-ignore

it('knows the week that is over: from a Monday on, and never one that goes on', () => {
  expect(weekBefore(new Date('2026-11-23T00:00:00Z')).from.toISOString()).toBe('2026-11-16T00:00:00.000Z');
  expect(weekBefore(new Date('2026-11-22T23:59:59.999Z')).from.toISOString()).toBe('2026-11-09T00:00:00.000Z');
  fc.assert(
    fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (now) => {
      const { from, to } = weekBefore(now);
      expect([from.getUTCDay(), dateOf(from).length, to.getTime() - from.getTime()]).toEqual([1, 10, WEEK_MS]);
      expect(now.getTime() - to.getTime()).toBeGreaterThanOrEqual(0);
      expect(now.getTime() - to.getTime()).toBeLessThan(WEEK_MS);
    }),
  );
});

it('says in the mail of what the figures are, and that it comes late', () => {
  const about = { week: '2026-11-16', link: 'https://x.example/' };
  const text = (over: Partial<Digest>, isLate = false) => mailOf({ ...quiet, ...over, attention: [] }, { ...about, isLate }).text;
  expect(text({})).not.toMatch(/since|not running|null/);
  const to = '2026-11-23T00:00:00.000Z';
  expect(text({ period: { from: '2026-11-19T08:07:00.000Z', to }, trafficBefore: null })).toContain('Requests since 2026-11-19 08:07 UTC: the plan shows none of before.\nRequests: 1000\n'); // prettier-ignore
  expect(text({ period: null }, true)).toMatch(
    /was not running when this week ended.*\n\nThe plan shows no requests of this week any more/,
  );
});
