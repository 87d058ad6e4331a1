/**
 * Goes through the steps of an organization once more, from the beginning and in memory: the same records, the same times, the same profiles. What comes out is
 * what was found, or the log, the steps or the detectors are not what they were.
 */
import { createDetection, nothingKnown, type Detection, type Finding } from '@pinebill/detection';
import { readCalls } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { StoredProfile } from './detection-profile';
import { readProfile, readSteps } from './detection-state.queries';
import type { Stride } from './calls-of-log';

/** As they were last told. */
export async function replay(
  tx: EntityManager,
  organizationId: string,
  take: (engine: Detection, stride: Stride) => Promise<Finding[]>,
): Promise<Map<string, Finding>> {
  const [cursor] = await tx.query<{ began_at: string }[]>('select began_at from detection_cursor where organization_id = $1', [
    organizationId,
  ]);
  const told = new Map<string, Finding>();
  const state = new Map<string, string>();
  let at = Number(cursor?.began_at ?? 0);
  let running = { engine: createDetection(nothingKnown), profileId: '', withoutPeople: true };
  for (const { through, until, profileId } of await readSteps(tx, organizationId)) {
    if (running.profileId !== profileId) {
      const profile = (await readProfile(tx, organizationId, profileId)) as StoredProfile;
      running = { engine: createDetection(profile, state), profileId, withoutPeople: !profile.includesPeople };
    }
    const calls =
      through > at ? await readCalls(tx, { organizationId, after: at, upTo: through, withoutPeople: running.withoutPeople }) : [];
    for (const finding of await take(running.engine, { calls, through, until: until.getTime() }))
      told.set(JSON.stringify([finding.detector, finding.subject, finding.episode]), finding);
    for (const [part, json] of running.engine.snapshot()) {
      if (json === null) state.delete(part);
      else state.set(part, json);
    }
    at = through;
  }
  return told;
}
