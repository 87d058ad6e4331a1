/** Of a minute, so many groups of a rule are counted: the busiest. A flood of addresses must not become a flood of counters. The same live and in a back-test. */
export const MOST_GROUPS = 1_000;
