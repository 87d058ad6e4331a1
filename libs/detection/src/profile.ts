/** What an organization says is normal: it goes before what is learnt. Given by the runner; the engine never changes it. */
import { inNetworks, type DetectorName } from '@pinebill/contract';
import type { Lesson, Subject } from './finding';
import { defaultSettings, type DetectionSettings } from './settings';

/** An approved document (normal usage), of a key or of the organization. Null: nothing is said, so what is learnt counts. */
export type NormalUsage = {
  /** Hours of the week in UTC in which it is used: 0 is Monday 00:00 to 01:00, 167 Sunday 23:00 to 24:00. */
  hours: readonly number[] | null;
  /** CIDR, or single addresses. */
  networks: readonly string[] | null;
  /** Beginnings of user agents. */
  agents: readonly string[] | null;
  /** `POST /v1/exports`: sensitive ones among these are nothing new. */
  endpoints: readonly string[] | null;
  /** Up to so many calls an hour are no spike. */
  callsPerHour: number | null;
  countries: readonly string[] | null;
};
export const nothingSaid: NormalUsage = { hours: null, networks: null, agents: null, endpoints: null, callsPerHour: null, countries: null };

/** "This is normal", said by a person about a finding. */
export type Accepted = { detector: DetectorName; subject: Subject; lesson: Lesson };

export type DetectionProfile = {
  /** Whatever is left out is as in `defaultSettings`. */
  settings: Partial<DetectionSettings>;
  organization: NormalUsage;
  keys: Readonly<Record<string, NormalUsage>>;
  accepted: readonly Accepted[];
  /** Keys that have ended, are switched off, or have a successor: their silence is no news. */
  retiredKeys: readonly string[];
  /** Keys that somebody else may have, and that may only read until it is decided: nothing is learnt from their use. */
  quarantinedKeys: readonly string[];
  /** By a key, the one it replaced (rotation): it begins with what was learnt of that one, instead of as a stranger. */
  successors: Readonly<Record<string, string>>;
};
export const nothingKnown: DetectionProfile = {
  settings: {},
  organization: nothingSaid,
  keys: {},
  accepted: [],
  retiredKeys: [],
  quarantinedKeys: [],
  successors: {},
};

/** A size that was said to be normal covers what is a little above it: the next one is never exactly as large. */
const ROOM = 1.25;

/** The profile in the form in which the engine asks it. */
export class Norms {
  readonly settings: DetectionSettings;
  readonly retired: ReadonlySet<string>;
  readonly quarantined: ReadonlySet<string>;
  private readonly lessons = new Map<string, number>();

  constructor(private readonly profile: DetectionProfile) {
    this.settings = { ...defaultSettings, ...profile.settings };
    this.retired = new Set(profile.retiredKeys);
    // Profiles that were stored before there was such a list are replayed too.
    this.quarantined = new Set((profile as Partial<DetectionProfile>).quarantinedKeys ?? []);
    for (const { detector, subject, lesson } of profile.accepted) {
      const place = placeOf(detector, subject, lesson.what);
      this.lessons.set(place, Math.max(this.lessons.get(place) ?? 0, lesson.upTo === null ? Infinity : lesson.upTo * ROOM));
    }
  }

  isAccepted(detector: DetectorName, subject: Subject, what: string, size: number): boolean {
    if (this.lessons.size === 0) return false;
    const upTo = Math.max(this.lessons.get(placeOf(detector, subject, what)) ?? 0, this.lessons.get(placeOf(detector, subject, '*')) ?? 0);
    return upTo > 0 && size <= upTo;
  }

  get organization(): NormalUsage {
    return this.profile.organization;
  }

  of(keyId: string): NormalUsage {
    return this.profile.keys[keyId] ?? nothingSaid;
  }

  predecessorOf(keyId: string): string | null {
    return this.profile.successors[keyId] ?? null;
  }

  /** Approved lists say where it may come from, and this is not among it. */
  isOutsideNetworks(keyId: string, ip: string): boolean {
    return this.approvedNetworks(keyId).length > 0 && !this.hasNetwork(keyId, ip);
  }

  isOutsideCountries(keyId: string, country: string): boolean {
    return this.approvedCountries(keyId).length > 0 && !this.hasCountry(keyId, country);
  }

  approvedNetworks(keyId: string): readonly string[] {
    return [...(this.of(keyId).networks ?? []), ...(this.profile.organization.networks ?? [])];
  }

  approvedCountries(keyId: string): readonly string[] {
    return [...(this.of(keyId).countries ?? []), ...(this.profile.organization.countries ?? [])];
  }

  /** Beginnings of user agents, of the key's own document and of the organization's; empty: nobody said which programs use it. */
  approvedAgents(keyId: string): readonly string[] {
    return [...(this.of(keyId).agents ?? []), ...(this.profile.organization.agents ?? [])];
  }

  hasNetwork(keyId: string, ip: string): boolean {
    return [this.of(keyId).networks, this.profile.organization.networks].some((networks) => networks !== null && inNetworks(ip, networks));
  }

  hasCountry(keyId: string, country: string): boolean {
    return [this.of(keyId).countries, this.profile.organization.countries].some((countries) => countries?.includes(country) ?? false);
  }

  hasEndpoint(keyId: string, endpoint: string): boolean {
    return [this.of(keyId).endpoints, this.profile.organization.endpoints].some((endpoints) => endpoints?.includes(endpoint) ?? false);
  }

  /** Null: nobody said when it is used. The key's own document goes before the organization's. */
  hours(keyId: string): readonly number[] | null {
    return this.of(keyId).hours ?? this.profile.organization.hours;
  }
}

const placeOf = (detector: DetectorName, subject: Subject, what: string): string => `${detector}\n${subject.kind}\n${subject.id}\n${what}`;
