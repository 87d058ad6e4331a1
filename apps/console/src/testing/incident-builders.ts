/** Incidents for stories and specs: one key that is used by somebody else, just noticed. */
import { incidentSteps, type IncidentStepName } from '@pinebill/contract';
import type { Incident, IncidentSubject } from '../api-types';
import { typeId } from './builders';

export const aSubject = (over: Partial<IncidentSubject> = {}): IncidentSubject => ({
  kind: 'key',
  id: typeId('key', 1),
  name: 'Production API',
  addedAt: '2025-12-02T10:30:15.123Z',
  contained: null,
  signedInAgainAt: null,
  key: {
    ...{ masked: 'pbk_...x7f2', state: 'active', service: 'checkout', team: 'payments', environment: 'production' },
    ...{ lastUsedAt: '2025-12-02T10:30:00.000Z', lastUsedIp: '203.0.113.7', successors: [], live: null },
  },
  ...over,
});

export const anAddressSubject = (address = '203.0.113.7'): IncidentSubject =>
  aSubject({ kind: 'address', id: address, name: address, key: null });

const openSteps: Incident['steps'] = incidentSteps.map((step) => ({
  step,
  status: step === 'identified' ? ('done' as const) : ('open' as const),
  at: step === 'identified' ? '2025-12-02T10:30:15.123Z' : null,
  by: null,
  because: null,
  secondsSinceOpened: step === 'identified' ? 0 : null,
  missing: step === 'identified' ? [] : [`${step} is missing.`],
  facts: {},
}));

/** Up to and with `state` everything is done, a minute after the other. */
export const stepsUpTo = (state: IncidentStepName): Incident['steps'] =>
  openSteps.map((step, index) =>
    index > incidentSteps.indexOf(state)
      ? step
      : {
          ...step,
          status: 'done',
          at: new Date(Date.parse('2025-12-02T10:30:15.123Z') + index * 74_000).toISOString(),
          by: { id: typeId('usr', 1), name: 'Ada Admin' },
          secondsSinceOpened: index * 74,
          missing: [],
        },
  );

export const anIncident = (number = 12, over: Partial<Incident> = {}): Incident => ({
  id: typeId('inc', number),
  number,
  title: 'Production API used from 203.0.113.7',
  ...{ severity: 'high', state: 'identified', drill: false, openedAt: '2025-12-02T10:30:15.123Z' },
  openedBy: { id: typeId('usr', 2), name: 'Mel Member' },
  ...{ assignee: null, lookedAt: null, lookedBy: null, containedAt: null, closedAt: null, closedBy: null, reopenedAt: null },
  subjects: [aSubject(), anAddressSubject()],
  openedFrom: { kind: 'record', references: [typeId('log', 1)], url: null },
  steps: openSteps,
  missing: openSteps.flatMap(({ step, missing }) => missing.map((what) => ({ step, what }))),
  actions: ['change', 'contain', 'replace', 'changeServices', 'confirmExtent', 'waive', 'addEvidence', 'note', 'followUp', 'close'],
  times: { toLookSeconds: null, toContainSeconds: null, toCloseSeconds: null },
  counts: { evidence: 1, notes: 0, services: 0, openServices: 0, followUps: 0, openFollowUps: 0 },
  ...{ scope: null, rootCause: null, impact: null, lessons: null, holdReleasedAt: null },
  ...over,
});
