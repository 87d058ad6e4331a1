/** Of a minute, so many groups of a rule are counted: the busiest. A flood of addresses must not become a flood of counters. The same live and in a back-test. */
export const MOST_GROUPS = 1_000;
/** Of one rule, alerts that are not resolved. What it fires beyond them opens none, and the rule says so. */
export const MOST_OPEN = 200;
/** Of what fires in one look, so many get rows of the log at once; the others lead to theirs. */
export const MOST_SAMPLED = 20;
/** Of one rule at one time; of others only how many there are is told. */
export const MOST_TOLD_APART = 3;
