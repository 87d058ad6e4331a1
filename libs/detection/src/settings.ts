/** Every threshold, in one table. Why each is what it is: docs/detectors. */
export const defaultSettings = {
  unauthorizedBurst: {
    /** So many 401s of one address (IPv6: one /64) within the window ... */
    calls: 25,
    windowMinutes: 15,
    /** ... that are at least this share of all it sends: behind a shared address most requests are fine. */
    share: 0.5,
    /** ... or so many, whatever else it sends. */
    callsWhatever: 250,
    /** One unknown key, presented so often within the hour from so many addresses. */
    fingerprintCalls: 25,
    fingerprintAddresses: 3,
    /** All addresses together that are not told of by themselves, in a quarter of an hour, from so many addresses. */
    organizationCalls: 60,
    organizationAddresses: 10,
    quietMinutes: 60,
  },
  requestSpike: {
    /** Below this many calls within an hour nothing is a spike. */
    callsPerHour: 200,
    /** More than so many times the median of this hour of the week, and so many deviations (MAD) above it. */
    timesUsual: 3,
    deviations: 6,
    /** Above the third largest peak of one's own, and above the one a month ago. */
    timesPeak: 2.5,
    /** A younger key is not judged; one of less than three weeks by its largest hour. */
    coldDays: 3,
    timesLargest: 3,
  },
  runawayLoop: {
    calls: 120,
    /** The mean pause, at most. */
    slowestSeconds: 5,
    spanSeconds: 60,
    /** Deviation of the pauses over their mean. */
    unevenness: 0.7,
    /** Answers of the same size as the one before. */
    sameShare: 0.8,
    /** What a younger key does it may go on doing. */
    settledDays: 3,
  },
  newAddress: {
    /** So many new networks within these days: a key that wanders. */
    wanderDays: 14,
    wanderNetworks: 3,
  },
  /** Only against an approved list. */
  newProgram: {},
  newCountry: { wanderDays: 28, wanderCountries: 3 },
  impossibleTravel: { kilometresPerHour: 1_000, kilometres: 300 },
  retiredKeyUse: {
    /** After its last good call. */
    graceMinutes: 15,
  },
  sensitiveFirstUse: { settledDays: 7, settledCalls: 50, quietHours: 24 },
  consistentBadRequests: {
    /** So many failures, that are this share of so many latest calls there, over so long. */
    calls: 15,
    share: 0.6,
    outcomes: 25,
    spanMinutes: 20,
  },
  intermittentRateLimits: {
    /** So many 429s in so many different ten minutes of 24 hours ... */
    calls: 20,
    parts: 6,
    /** ... or, within half an hour, so many of which this share came before the wait was over. */
    impatientCalls: 20,
    impatientShare: 0.6,
  },
  notFoundPattern: {
    calls: 15,
    share: 0.7,
    outcomes: 40,
    spanMinutes: 20,
    /** By nobody known, within an hour. */
    probedPaths: 30,
  },
  idScanning: { fastIds: 40, slowIds: 120, share: 0.6 },
  serverErrorRate: {
    errors: 10,
    share: 0.05,
    /** Different minutes that have errors. */
    minutes: 5,
    /** Of which so many have errors of others than the key that has most of them. */
    otherMinutes: 4,
    timesUsual: 4,
    /** When one key has this share of them, it is about that key. */
    oneKeyShare: 0.8,
    keyErrors: 15,
    keyShare: 0.6,
    keyMinutes: 10,
    outcomes: 25,
    quietMinutes: 60,
  },
  silence: {
    /** So many calls should have come. */
    calls: 30,
    /** In so many different hours, in each of the weeks. */
    activeHours: 4,
    weeks: 3,
    /** Of the longest pause in five weeks. */
    timesPause: 1.5,
  },
  offHoursUse: {
    calls: 5,
    weeks: 3,
    /** The share of the week in which the key is never used. */
    unusedShare: 0.4,
    /** Hours next to those in which it is used. */
    reachHours: 2,
    quietHours: 6,
  },
};
export type DetectionSettings = typeof defaultSettings;
