/** What of a week somebody has to look at first, and the mail that says so. Pure. */
import type { WeeklyDigest, WeeklyTraffic } from './weekly-reviews.dto';

type Digest = Omit<WeeklyDigest, 'attention'>;

/** Fewer are no trend. */
const FEW = 20;

export const attentionOf = (digest: Digest): string[] => [
  ...some(digest.incidents.open.length + digest.incidents.openMore, (count) => `${are(count, 'incident')} open.`),
  ...findingsOf(digest.findings),
  ...some(keysIn(digest, 'rotationOverdue'), (count) => `${have(count, 'key')} not been rotated in time.`),
  ...some(keysIn(digest, 'shared'), (count) => `${are(count, 'key')} used by several services.`),
  ...(digest.trafficBefore === null ? [] : courseOf(digest.traffic, digest.trafficBefore)),
];

const findingsOf = ({ open, openGrave }: Digest['findings']): string[] => [
  ...some(openGrave, (count) => `${are(count, 'grave finding')} open.`),
  ...some(open - openGrave, (count) => `${are(count, openGrave > 0 ? 'other finding' : 'finding')} open.`),
];

const some = (count: number, text: (count: number) => string): string[] => (count > 0 ? [text(count)] : []);
const keysIn = ({ hygiene }: Digest, wanted: string): number => hygiene.sections.find(({ kind }) => kind === wanted)?.count ?? 0;

function courseOf(now: WeeklyTraffic, before: WeeklyTraffic): string[] {
  const failing = now.serverErrors >= FEW && now.serverErrors > 2 * before.serverErrors;
  const moved = Math.max(now.requests, before.requests) >= FEW && Math.abs(now.requests - before.requests) > before.requests / 2;
  return [
    ...(failing ? [`${now.serverErrors} requests ended in an error of the server, after ${before.serverErrors} the week before.`] : []),
    ...(moved ? [`There were ${now.requests} requests, after ${before.requests} the week before.`] : []),
  ];
}

const are = (count: number, what: string): string => (count === 1 ? `1 ${what} is` : `${count} ${what}s are`);
const have = (count: number, what: string): string => (count === 1 ? `1 ${what} has` : `${count} ${what}s have`);

/** `isLate`: nobody was running at its end. */
type About = { week: string; link: string; isLate?: boolean };

export function mailOf(digest: WeeklyDigest, { week, link, isLate = false }: About): { subject: string; text: string } {
  const { traffic, trafficBefore, findings, hygiene, incidents, attention } = digest;
  const before = (count: number | undefined): string => (count === undefined ? '' : ` (${count} the week before)`);
  return {
    subject: attention.length === 0 ? `The week of ${week}: nothing stands out` : `The week of ${week}: ${attention.length} to look at`,
    text: [
      attention.length === 0 ? `Nothing stands out in the week of ${week}.` : `To look at first:\n${attention.join('\n')}`,
      ...(isLate ? ['PineBill was not running when this week ended. What is open, and how keys are, is as of now.'] : []),
      [
        periodText(digest, week),
        `Requests: ${traffic.requests}${before(trafficBefore?.requests)}`,
        `Refused: ${traffic.clientErrors}${before(trafficBefore?.clientErrors)}, failed: ${traffic.serverErrors}${before(trafficBefore?.serverErrors)}`,
        `Findings: ${findings.opened}${before(findings.openedBefore)}, open now: ${findings.open}`,
        `Incidents: ${incidents.opened} opened, ${incidents.closed} closed, ${incidents.open.length + incidents.openMore} open now`,
        `Keys: ${hygiene.keys}, of which ${hygiene.toDo} need somebody`,
      ]
        .filter((line) => line !== null)
        .join('\n'),
      'Look at it and sign it off, with a note about what was done:',
      link,
    ].join('\n\n'),
  };
}

/** What the requests are of, where that is not the whole week. */
function periodText({ period }: WeeklyDigest, week: string): string | null {
  if (period === null) return 'The plan shows no requests of this week any more.';
  const from = `${period.from.slice(0, 16).replace('T', ' ')} UTC`;
  return period.from.startsWith(`${week}T00:00:00`) ? null : `Requests since ${from}: the plan shows none of before.`;
}
