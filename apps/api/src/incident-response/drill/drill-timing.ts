/** How long each step of a drill took, by its stamps, against what is aimed at. Pure. */
import { incidentSteps, type IncidentStepName } from '@pinebill/contract';
import type { StepStatus } from '../incident';

/**
 * From the opening of the incident until the step is done, in seconds. Whoever holds the key reads on until it is contained; the rest can be done with care, and
 * still on the same evening.
 */
export const targetSeconds = {
  identified: 0,
  contained: 5 * 60,
  replaced: 15 * 60,
  servicesUpdated: 30 * 60,
  scoped: 45 * 60,
  documented: 60 * 60,
} as const satisfies Record<IncidentStepName, number>;

export type StepTiming = {
  step: IncidentStepName;
  status: StepStatus['status'];
  at: Date | null;
  /** After the step before it that has a time; 0 when that one was later. Null: it has none. */
  tookSeconds: number | null;
  sinceOpenedSeconds: number | null;
  targetSeconds: number;
  /** Null: still open and in time, or the step has no time of its own. */
  withinTarget: boolean | null;
};

export function timingOf(steps: readonly StepStatus[], { openedAt, now }: { openedAt: Date; now: Date }): StepTiming[] {
  const seconds = (from: number, to: number): number => Math.max(0, (to - from) / 1_000);
  let before = openedAt.getTime();
  return incidentSteps.flatMap((name): StepTiming[] => {
    const found = steps.find(({ step }) => step === name);
    if (!found) return [];
    const { status } = found;
    const [at, target] = [status === 'open' ? null : found.at, targetSeconds[name]];
    const sinceOpenedSeconds = at && seconds(openedAt.getTime(), at.getTime());
    const tookSeconds = at && seconds(before, at.getTime());
    const isLate = status === 'open' && seconds(openedAt.getTime(), now.getTime()) > target;
    const withinTarget = sinceOpenedSeconds === null ? (isLate ? false : null) : sinceOpenedSeconds <= target;
    if (at) before = Math.max(before, at.getTime());
    return [{ step: name, status, at, tookSeconds, sinceOpenedSeconds, targetSeconds: target, withinTarget }];
  });
}
