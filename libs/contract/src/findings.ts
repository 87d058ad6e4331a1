/** The words of findings that both sides use. */

/** `normal`: a person has said so, and the same is not found again. `closed`: nothing more has been seen for a week, and nobody had to decide. */
export const findingStates = ['open', 'normal', 'closed'] as const;
export type FindingState = (typeof findingStates)[number];

/** After so many days without anything more, an open finding is over. */
export const FINDING_OPEN_DAYS = 7;
