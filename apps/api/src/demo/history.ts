/**
 * Four weeks that never happened: ordinary traffic with the rhythm of days and weeks, and the six patterns in it. Pure: the same options give
 * the same records. Yields them oldest first.
 */
import type { AuditRecord } from '@pinebill/nestjs-audit';
import { breachPatterns } from './breach-patterns';
import { createdAt, DAY, revokedAt } from './breach-times';
import { browsers, type Rhythm } from './cast';
import { historyPatterns, type Stage } from './history-patterns';
import { draftOf, type Draft, type Call, type HistoryKey, type HistoryOrganization } from './history-records';
import { consoleOperations, operations, type Ending, type Operation } from './operations';
import { seededRandom } from './random';
import { rhythmWeight } from './rhythm';

export type HistoryOptions = {
  seed: number;
  from: Date;
  /** The present: where the history ends and live traffic takes over. */
  to: Date;
  organizations: readonly HistoryOrganization[];
  /** An id made from the time, strictly increasing. */
  recordId: (at: Date) => string;
  country: (ip: string) => string | null;
};

type Window = Pick<HistoryOptions, 'from' | 'to'>;

const HOUR = 3_600_000;
/** The part of an organization's requests that its people make in the console. */
const PEOPLE_SHARE = 0.02;

export function* history(options: HistoryOptions): Generator<AuditRecord> {
  const random = seededRandom(options.seed);
  const now = options.to.getTime();
  const stages = options.organizations.map((organization): Stage => ({ organization, random, now, country: options.country }));
  const patterns = stages
    .filter((stage) => stage.organization.isHome)
    .flatMap((stage) => Object.values({ ...historyPatterns, ...breachPatterns }).flatMap((pattern) => pattern(stage)))
    .sort((a, b) => a.at - b.at);
  const streams = stages.flatMap((stage) => streamsOf(stage, options));
  let next = 0;
  for (let hour = options.from.getTime(); hour < now; hour += HOUR) {
    const end = Math.min(hour + HOUR, now);
    const drafts = streams.flatMap((stream) => stream(hour, end));
    for (; (patterns[next]?.at ?? Infinity) < end; next++) {
      const draft = patterns[next];
      if (draft && draft.at >= hour) drafts.push(draft);
    }
    for (const { at, ...rest } of drafts.sort((a, b) => a.at - b.at)) yield { id: options.recordId(new Date(at)), ...rest };
  }
}

/** What one kind of caller does in an hour. */
type Stream = (hour: number, end: number) => Draft[];

function streamsOf(stage: Stage, window: Window): Stream[] {
  const { keys, people, requests } = stage.organization;
  const total = keys.reduce((sum, key) => sum + key.share, 0);
  const programs = keys
    .filter((key) => key.share > 0)
    .map((key) => stream(stage, window, key.rhythm, (requests * (1 - PEOPLE_SHARE) * key.share) / total, (at) => ofKey(stage, key, at)));
  return people.length === 0
    ? programs
    : [...programs, stream(stage, window, 'office', requests * PEOPLE_SHARE, (at) => ofPerson(stage, at))];
}

function stream({ random }: Stage, { from, to }: Window, rhythm: Rhythm, count: number, make: (at: number) => Draft | null): Stream {
  let weights = 0;
  for (let hour = from.getTime(); hour < to.getTime(); hour += HOUR) weights += rhythmWeight(rhythm, new Date(hour));
  let owed = 0; // fractions are carried over, so that the total comes out as asked
  return (hour, end) => {
    owed += (count * rhythmWeight(rhythm, new Date(hour))) / weights;
    const due = Math.floor(owed);
    owed -= due;
    return Array.from({ length: due }, () => make(random.between(hour, end))).filter((draft) => draft !== null);
  };
}

function ofKey(stage: Stage, key: HistoryKey, at: number): Draft | null {
  const { random, now } = stage;
  if (at < createdAt(key, now)) return null;
  const refusal = deadKey(key, at, now);
  // Whoever holds a dead key gives up soon, not at once.
  if (refusal && (key.revoked?.inIncident || random.chance(0.9))) return null;
  const operation = random.weighted(key.does.flatMap((name) => operations[name] ?? []));
  const ending = refusal ?? random.weighted(operation.endings);
  return perform(stage, operation, { at, key, caller: random.pick(key.callers), ending });
}

function deadKey(key: HistoryKey, at: number, now: number): Ending | null {
  const refused = (reason: string): Ending => ({
    weight: 1,
    status: 401,
    reason,
    code: 'invalid_api_key',
    detail: 'This API key cannot be used.',
  });
  if (at >= (revokedAt(key, now) ?? Infinity)) return refused('revoked_key');
  if (key.expiresInDays !== undefined && at >= now + key.expiresInDays * DAY) return refused('expired_key');
  return null;
}

function ofPerson(stage: Stage, at: number): Draft {
  const { random } = stage;
  const index = random.integer(0, stage.organization.people.length - 1);
  const person = stage.organization.people[index] ?? null;
  const operation = random.weighted(consoleOperations);
  // A guest has no business in the log, and is told so.
  const ending: Ending =
    person?.role === 'guest' && !operation.route.startsWith('/v1/invoices') && operation.route !== '/v1/session'
      ? {
          weight: 1,
          status: 403,
          reason: 'role',
          code: 'insufficient_role',
          detail: 'Your role does not allow this. Ask an admin of the organization.',
        }
      : { weight: 1, status: 200, reason: null };
  return perform(stage, operation, { at, person, caller: browsers[index % browsers.length] ?? random.pick(browsers), ending });
}

function perform(stage: Stage, operation: Operation, who: Pick<Call, 'at' | 'key' | 'person' | 'caller' | 'ending'>): Draft {
  const { random, organization, now } = stage;
  const id = operation.id && random.pick(operation.id === 'invoice' ? organization.invoices : organization.customers);
  return draftOf(
    {
      ...who,
      organizationId: organization.id,
      country: stage.country(who.caller.ip),
      method: operation.method,
      path: id ? operation.route.replace('{id}', id) : operation.route,
      route: operation.route,
      query: operation.query?.(random) ?? null,
      medianMs: operation.medianMs,
      requestBytes: random.integer(...operation.requestBytes),
      responseBytes: random.integer(...operation.responseBytes),
    },
    random,
    now,
  );
}
