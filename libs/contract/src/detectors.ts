/**
 * What the product notices by itself: the name of each detector, what it means, what is likely behind it and what to do. Both the finding's page
 * and docs/detectors take their words from here. How each of them decides is libs/detection.
 */
export const detectorNames = [
  'unauthorizedBurst', 'requestSpike', 'runawayLoop', 'newAddress', 'newCountry', 'newProgram', 'impossibleTravel', 'retiredKeyUse', 'sensitiveFirstUse',
  'consistentBadRequests', 'intermittentRateLimits', 'notFoundPattern', 'idScanning', 'serverErrorRate', 'silence', 'offHoursUse',
] as const; // prettier-ignore
export type DetectorName = (typeof detectorNames)[number];

export const findingSeverities = ['low', 'medium', 'high', 'critical'] as const;
export type FindingSeverity = (typeof findingSeverities)[number];

/** Whom a finding is about. */
export const findingSubjectKinds = ['key', 'keyFingerprint', 'address', 'network', 'organization', 'person'] as const;
export type FindingSubjectKind = (typeof findingSubjectKinds)[number];

export type DetectorText = {
  title: string;
  /** What it means, in one or two sentences. */
  meaning: string;
  /** What is likely behind it, the likeliest first. */
  causes: readonly string[];
  /** What to do, in this order. */
  advice: readonly string[];
  /** Its page of documentation. */
  document: string;
};

const text = (name: string, words: Omit<DetectorText, 'document'>): DetectorText => ({ ...words, document: `docs/detectors/${name}.md` });

export const detectors: Readonly<Record<DetectorName, DetectorText>> = {
  unauthorizedBurst: text('unauthorized-burst', {
    title: 'High volume of 401 errors',
    meaning: 'Many requests in a short time carried no key that works: somebody may be trying to get in.',
    causes: [
      'Keys are being guessed or tried out.',
      'A program was deployed without its key, or with a wrong one.',
      'A key that never worked here is passed around.',
    ],
    advice: [
      'Review the addresses for patterns: one address, one network, or many at once.',
      'Check whether an API key was leaked.',
      'If the addresses are not yours, restrict your keys to the networks you call from.',
    ],
  }),
  requestSpike: text('request-spike', {
    title: 'Spike in requests',
    meaning:
      'A key makes far more requests than it usually does at this hour of the week, or all keys together more than was approved for an hour.',
    causes: [
      'A process runs away: a loop without an end, or retries without pauses.',
      'A batch job or a migration that nobody announced.',
      'Somebody else uses the key.',
    ],
    advice: [
      'Look which endpoint the additional requests go to, and from which addresses they come.',
      'Check the code for loops without an end and for retries without pauses.',
      'If nobody expected it and the addresses are new, treat the key as compromised.',
    ],
  }),
  runawayLoop: text('runaway-loop', {
    title: 'The same request over and over',
    meaning: 'A key repeats one request, of the same size, at a regular beat that it did not have before.',
    causes: ['A loop without an end.', 'A retry that ignores the answer.', 'A poller that asks far too often.'],
    advice: [
      'Check the code that makes this request for a loop without an end.',
      'Stop the process, or switch the key off until it is mended.',
      'Pause longer after each attempt (exponential back-off).',
    ],
  }),
  newAddress: text('new-address', {
    title: 'Unusual IP address',
    meaning: 'A key was used from a network from which nothing of yours was called before, or which is not among those that were approved.',
    causes: ['A program moved: a new host, a new provider, a new office.', 'The key is used by somebody else.'],
    advice: [
      'Ask who runs programs in this network.',
      'If nobody does, the key may be compromised: revoke it and create a new one.',
      'Restrict the key to the networks it is used from.',
    ],
  }),
  newCountry: text('new-country', {
    title: 'Requests from an unexpected country',
    meaning: 'A key was used from a country from which it was never used before, or which is not among those that were approved.',
    causes: ['A program moved to another region.', 'Somebody travels.', 'The key is used by somebody else.'],
    advice: [
      'Ask who runs programs in this country.',
      'If nobody does, the key may be compromised: revoke it and create a new one.',
      'Consider geographic restrictions (Enterprise).',
    ],
  }),
  newProgram: text('new-program', {
    title: 'A program that was not approved',
    meaning: 'A key is used by a program that is not among those which somebody has approved for it.',
    causes: [
      'A new program, or a new name of one, that nobody has added yet.',
      'Somebody tries the key by hand.',
      'The key is used by somebody else.',
    ],
    advice: [
      'Ask the team of the key which program it is.',
      'If it is theirs, add it to the normal usage of the key.',
      'If nobody knows of it, the key may be compromised: revoke it and create a new one.',
    ],
  }),
  impossibleTravel: text('impossible-travel', {
    title: 'Two far places in a short time',
    meaning: 'A key was used from two places that nobody gets between in that time, and it is not normally used from both.',
    causes: [
      'Two parties have the key: one of them should not.',
      'A program was started in a second region.',
      'A private network (VPN) moved its exit.',
    ],
    advice: [
      'Find out which of the two places is yours.',
      'If one is not, revoke the key at once and create a new one with a different name.',
      'Use separate keys for each service and region.',
    ],
  }),
  retiredKeyUse: text('retired-key-use', {
    title: 'A key that has ended is still used',
    meaning: 'A key that is revoked, expired, rotated out, disabled or quarantined is still being tried.',
    causes: ['A service was forgotten when the key was replaced.', 'A leaked copy of the key is still being tried.'],
    advice: [
      'See which program and address still use it, and update that service.',
      'If the address is not yours, the key had leaked: review what it did before it ended.',
      'Monitor the use of the old key after every rotation.',
    ],
  }),
  sensitiveFirstUse: text('sensitive-first-use', {
    title: 'First use of a sensitive endpoint',
    meaning: 'A key that has long been in use called, for the first time, an endpoint that takes data out or cannot be undone.',
    causes: ['A new version of the program does more than before.', 'Somebody tries what the key can do.'],
    advice: [
      'Ask the team of the key whether this was intended.',
      'If not, revoke the key and review what else it called.',
      'Take away scopes that the key does not need; use separate keys per team and service.',
    ],
  }),
  consistentBadRequests: text('consistent-bad-requests', {
    title: 'Consistent 400 errors',
    meaning: 'One integration fails again and again on the same endpoint with the same mistake.',
    causes: [
      'The program sends a field in a wrong form.',
      'A field became mandatory, and the program does not send it.',
      'The payload is not valid JSON.',
    ],
    advice: [
      'Review the format of the request and its parameters; the record lists the field and the rule.',
      'Check the API documentation for the right structure.',
      'Validate the JSON before it is sent.',
    ],
  }),
  intermittentRateLimits: text('intermittent-rate-limits', {
    title: 'Intermittent 429 errors',
    meaning: 'A key keeps running into its rate limit.',
    causes: [
      'The program calls faster than its plan allows.',
      'It does not wait as long as `Retry-After` says.',
      'Several services share one key.',
    ],
    advice: [
      'Wait as long as `Retry-After` says, and implement exponential back-off.',
      'Distribute the load across multiple keys, one for each service.',
      'Ask for a plan with a higher limit if the load is meant.',
    ],
  }),
  notFoundPattern: text('not-found-pattern', {
    title: '404 errors with a pattern',
    meaning: 'An integration keeps asking for what is not there: a wrong URL, a wrong version of the API, or ids that do not exist.',
    causes: [
      'The URL is misspelt.',
      'The path names a version that does not exist.',
      'The program keeps ids of things that were deleted, or of another organization.',
    ],
    advice: [
      'Verify that the endpoint URL is correct.',
      'Check the API version in the URL.',
      'Ensure that the ids exist before they are asked for.',
    ],
  }),
  idScanning: text('id-scanning', {
    title: 'Scanning of ids',
    meaning: 'One id after the other is asked for, and most of them do not exist: somebody looks for what is there.',
    causes: ['Ids are being guessed.', 'A program goes through an outdated list.'],
    advice: [
      'Ask the team of the key whether a clean-up or an import runs.',
      'If not, revoke the key: whoever has it looks for data.',
      'Look at the requests that succeeded: that is the extent.',
    ],
  }),
  serverErrorRate: text('server-error-rate', {
    title: 'Many server errors',
    meaning: 'Far more requests than usual fail on our side (5xx).',
    causes: ['A fault in the service.', 'One particular request brings it to fail.'],
    advice: [
      'Look whether all endpoints fail, or one.',
      'Repeat later, with growing pauses; requests with an Idempotency-Key can be repeated safely.',
      'Send support the request ids of the samples.',
    ],
  }),
  silence: text('silence', {
    title: 'A busy key has gone silent',
    meaning: 'A key that is always used at this time makes no requests any more.',
    causes: [
      'The service behind it has stopped.',
      'It was moved to another key, and nobody retired this one.',
      'The service cannot reach the API.',
    ],
    advice: [
      'Check whether the service runs and reaches the API.',
      'If it uses another key now, revoke this one: keys showing no activity should not live.',
    ],
  }),
  offHoursUse: text('off-hours-use', {
    title: 'Use outside its hours',
    meaning: 'A key that is only used at certain hours of the week is used at another time.',
    causes: ['Somebody works late, or a job was moved.', 'The key is used by somebody else, in another time zone.'],
    advice: [
      'Ask the team of the key.',
      'Look at the addresses: are they the usual ones?',
      'If nobody knows of it, revoke the key and create a new one.',
    ],
  }),
};
