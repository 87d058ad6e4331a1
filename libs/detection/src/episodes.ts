/**
 * From signs to findings. What goes on is one episode, and so one finding, however many calls belong to it: told when it begins, when it has
 * doubled or a minute has passed, and when it has been quiet for long enough. Open episodes are bounded; beyond the bound strangers open no more
 * of their own, and the organization's count covers them; and what one key has too many strands of goes on as one: what tells them apart may be what a
 * caller sends.
 */
import type { DetectorName, FindingSeverity } from '@pinebill/contract';
import { findingSeverities } from '@pinebill/contract';
import type { Facts, Finding, Lesson, Subject } from './finding';
import type { Subjects } from './subjects';

/** What a detector saw. */
export type Sign = {
  detector: DetectorName;
  subject: Subject;
  /** Tells apart what one subject can have at once: a route and its cause, a country. Empty where there is nothing to tell apart. */
  strand: string;
  at: number;
  /** When what was seen began; counts when the episode opens. */
  from: number;
  /** So many calls when the episode opens, and the latest of them. */
  count: number;
  ids: readonly string[];
  severity: FindingSeverity;
  seen: Facts;
  normal: Facts;
  threshold: Facts;
  filter: Readonly<Record<string, string>>;
  lesson: Lesson;
  /** It is over when nothing was added for so long. */
  quietMs: number;
};

type Episode = Omit<Sign, 'at' | 'ids'> & {
  episode: string;
  to: number;
  first: string[];
  latest: string[];
  toldCount: number;
  toldAt: number;
};

const TELL_EVERY_MS = 60_000;
/** Of one detector about strangers, at once. */
const MOST_OPEN_STRANGERS = 50;
/** Of one detector about one key, at once. The others are one more. */
const MOST_STRANDS = 20;
const OTHERS = 'others';
const isStranger = ({ kind }: Subject): boolean => kind === 'address' || kind === 'keyFingerprint' || kind === 'network';

const hasGrown = ({ count, toldCount }: Episode): boolean => count > toldCount;

const nameOf = ({ detector, subject, strand }: Pick<Sign, 'detector' | 'subject' | 'strand'>): string =>
  `${detector}/${subject.kind}/${subject.id}/${strand}`;

export class Episodes {
  private readonly open = new Map<string, Episode>();
  private told: Finding[] = [];

  constructor(private readonly subjects: Subjects) {}

  restore(name: string, cells: Record<string, unknown>): void {
    this.open.set(name, cells['episode'] as Episode); // written by `keep`
  }

  forget(name: string): void {
    this.open.delete(name);
  }

  /** Is the episode open, and does something at this time belong to it? */
  isOpen(of: Pick<Sign, 'detector' | 'subject' | 'strand'>, at: number): boolean {
    const episode = this.open.get(nameOf(of));
    return episode !== undefined && at - episode.to <= episode.quietMs;
  }

  /** Since when it goes on, and when something was last added; null: it is not open. */
  opened(of: Pick<Sign, 'detector' | 'subject' | 'strand'>): { from: number; to: number } | null {
    return this.open.get(nameOf(of)) ?? null;
  }

  /** What is seen by nothing happening lasts: nothing is counted, and it is told how long by now. */
  goesOn(of: Pick<Sign, 'detector' | 'subject' | 'strand' | 'seen'>, until: number): void {
    const name = nameOf(of);
    const episode = this.open.get(name);
    if (!episode) return;
    Object.assign(episode, { to: until, seen: of.seen });
    this.tell(name, episode, false);
  }

  /** Time stood ahead: nothing has happened later than now. */
  setBack(until: number): void {
    for (const [name, episode] of this.open) {
      Object.assign(episode, {
        from: Math.min(episode.from, until),
        to: Math.min(episode.to, until),
        toldAt: Math.min(episode.toldAt, until),
      });
      this.keep(name, episode);
    }
  }

  /** Opens the episode, or adds one call to the one that is open. False: it could not be opened. */
  raise(sign: Sign): boolean {
    const name = nameOf(sign);
    const episode = this.open.get(name);
    if (episode !== undefined && sign.at - episode.to <= episode.quietMs) {
      this.add(name, episode, sign);
      return true;
    }
    if (episode !== undefined) this.close(name, episode);
    if (this.hasTooManyStrands(sign)) return this.raise(asOthers(sign));
    if (isStranger(sign.subject) && this.openStrangers(sign.detector) >= MOST_OPEN_STRANGERS) return false;
    const { at, ids, ...what } = sign;
    const opened: Episode = {
      ...what,
      episode: `${sign.strand === '' ? '' : `${sign.strand} `}${new Date(sign.at).toISOString()}`,
      to: at,
      first: ids.slice(0, 2),
      latest: ids.slice(2).slice(-3),
      toldCount: 0,
      toldAt: at,
    };
    this.tell(name, opened, false);
    return true;
  }

  /** Ends what has been quiet until then, oldest first; of what has grown and stands still it is told how far it came. */
  advance(until: number): void {
    for (const [name, episode] of [...this.open].sort(([a, x], [b, y]) => x.to - y.to || (a < b ? -1 : 1))) {
      if (until - episode.to > episode.quietMs) this.close(name, episode);
      else if (hasGrown(episode) && until - episode.toldAt >= TELL_EVERY_MS) this.tell(name, episode, false);
    }
  }

  /** Ends one whose end is known. */
  end(of: Pick<Sign, 'detector' | 'subject' | 'strand'>): void {
    const name = nameOf(of);
    const episode = this.open.get(name);
    if (episode) this.close(name, episode);
  }

  /** When there is something to tell of an open episode if nothing happens; null: none is open. */
  nextEnd(): number | null {
    let next: number | null = null;
    for (const episode of this.open.values()) {
      const at = hasGrown(episode) ? episode.toldAt + TELL_EVERY_MS : episode.to + episode.quietMs + 1;
      next = Math.min(next ?? Infinity, at);
    }
    return next;
  }

  take(): Finding[] {
    const told = this.told;
    this.told = [];
    return told;
  }

  private add(name: string, episode: Episode, sign: Sign): void {
    const worse = findingSeverities.indexOf(sign.severity) > findingSeverities.indexOf(episode.severity);
    episode.to = Math.max(episode.to, sign.at);
    episode.count += 1;
    episode.seen = sign.seen;
    episode.filter = sign.filter;
    episode.lesson = sign.lesson;
    if (worse) episode.severity = sign.severity;
    for (const id of sign.ids.slice(-1)) {
      if (episode.first.length < 2) episode.first.push(id);
      else episode.latest.push(id);
      if (episode.latest.length > 3) episode.latest.shift();
    }
    if (worse || episode.count >= episode.toldCount * 2 || sign.at - episode.toldAt >= TELL_EVERY_MS) this.tell(name, episode, false);
    else this.keep(name, episode);
  }

  private close(name: string, episode: Episode): void {
    this.tell(name, episode, true);
    this.open.delete(name);
    this.subjects.drop('episode', name);
  }

  private keep(name: string, episode: Episode): void {
    this.open.set(name, episode);
    this.subjects.part('episode', name).cells['episode'] = episode;
  }

  private tell(name: string, episode: Episode, isOver: boolean): void {
    const { detector, subject, episode: key, severity, from, to, count, seen, normal, threshold, first, latest, filter, lesson } = episode;
    const samples = [...first, ...latest];
    this.told.push({
      detector,
      subject,
      episode: key,
      severity,
      from,
      to,
      count,
      seen,
      normal,
      threshold,
      samples,
      filter,
      lesson,
      isOver,
    });
    episode.toldCount = episode.count;
    episode.toldAt = Math.max(episode.toldAt, episode.to);
    if (!isOver) this.keep(name, episode);
  }

  private hasTooManyStrands({ detector, subject, strand }: Sign): boolean {
    if (subject.kind !== 'key' || strand === '' || strand === OTHERS) return false;
    let count = 0;
    for (const one of this.open.values())
      if (one.detector === detector && one.subject.id === subject.id && one.subject.kind === 'key' && one.strand !== OTHERS) count += 1;
    return count >= MOST_STRANDS;
  }

  private openStrangers(detector: DetectorName): number {
    let count = 0;
    for (const episode of this.open.values()) if (episode.detector === detector && isStranger(episode.subject)) count += 1;
    return count;
  }
}

/** Shown by all calls of the key. Whoever calls them normal says so of every strand. */
const asOthers = (sign: Sign): Sign => ({
  ...sign,
  strand: OTHERS,
  seen: { ...sign.seen, othersAtOnce: MOST_STRANDS },
  filter: { apiKeyId: sign.subject.id },
  lesson: { what: '*', upTo: null },
});
