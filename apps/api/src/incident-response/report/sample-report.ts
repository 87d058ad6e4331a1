/** An incident that never was, for a template to be looked at before it is used: something stands at every placeholder. */
import type { IncidentReport, Person } from './incident-report';

const ada: Person = { id: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng', name: 'Ada Lovelace', role: 'admin' };
const grace: Person = { id: 'usr_01jdw2f8qtfvkbh1mv4s9aq0nh', name: 'Grace Hopper', role: 'member' };
const system: Person = { id: null, name: 'PineBill', role: null };
const at = (time: string): string => `2025-12-02T${time}Z`;

const row: IncidentReport['evidence'][number] = {
  ...{
    id: 'log_01jdw2f8qtfvkbh1mv4s9aq0ng',
    kind: 'request',
    sequence: 48_213,
    requestId: 'req_01jdw2f8qtfvkbh1mv4s9aq0ng',
    clientRequestId: null,
  },
  ...{
    startedAt: at('10:21:04.118'),
    durationMs: 12.4,
    method: 'GET',
    path: '/v1/invoices',
    query: { limit: '200' },
    route: '/v1/invoices',
  },
  ...{
    status: 200,
    outcome: 'completed',
    reason: null,
    keyFingerprint: null,
    service: 'checkout',
    team: 'payments',
    environment: 'production',
  },
  actor: { type: 'apiKey', id: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf', name: 'Production API' },
  apiKey: { id: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf', name: 'Production API', masked: 'pbk_...x7f2', state: 'active', currentState: 'revoked' },
  ...{ ip: '203.0.113.7', country: null, userAgent: 'python-requests/2.32.3', requestBytes: 0, responseBytes: 48_120 },
  ...{ timing: { authMs: 0.3, handlerMs: 10.2 }, error: null, traceId: null, marks: [], gap: null, expiresAt: '2027-01-06T10:21:04.118Z' },
};

const done = (step: IncidentReport['steps'][number]['step'], time: string, secondsSinceOpened: number, by: Person = ada) =>
  ({
    step,
    status: 'done',
    at: at(time),
    by,
    because: null,
    secondsSinceOpened,
    missing: [],
    facts: {},
  }) satisfies IncidentReport['steps'][number];

const told = (time: string, kind: string, actor: Person, text: string) => ({
  at: at(time),
  kind,
  actor,
  text: `${actor.name} ${text}`,
  data: {},
});

export const sampleReport: IncidentReport = {
  incident: {
    ...{
      id: 'inc_01kaxvz3k5e7hs0q4mm2m1bqgf',
      number: 12,
      title: 'Production API used from 203.0.113.7',
      severity: 'high',
      state: 'documented',
    },
    ...{ drill: false, openedAt: at('10:30:15.123'), openedBy: grace, assignee: ada, lookedAt: at('10:32:40.000'), lookedBy: ada },
    openedFrom: { kind: 'record', references: [row.id], url: null },
    ...{ containedAt: at('10:33:02.481'), closedAt: at('16:04:11.020'), closedBy: ada, reopenedAt: null, holdReleasedAt: null },
  },
  organization: { id: 'org_01jdw2f8qtfvkbh1mv4s9aq0ng', name: 'Larkspur' },
  asOf: at('16:04:11.020'),
  times: { toLookSeconds: 144.877, toContainSeconds: 167.358, toCloseSeconds: 20_035.897 },
  steps: [
    done('identified', '10:30:15.123', 0, grace),
    done('contained', '10:33:02.481', 167.358),
    done('replaced', '10:36:50.300', 395.177),
    done('servicesUpdated', '11:20:09.700', 2_994.577, system),
    done('scoped', '14:02:31.000', 12_735.877),
    done('documented', '16:04:11.020', 20_035.897),
  ],
  subjects: [
    {
      ...{ kind: 'key', id: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf', name: 'Production API' },
      key: { masked: 'pbk_...x7f2', state: 'revoked', service: 'checkout', team: 'payments', environment: 'production' },
      contained: { at: at('10:33:02.481'), by: ada, how: 'revoke' },
      successors: [
        {
          id: 'key_01kaxw1p0qf1m8xvy0c3n2d4ze',
          name: 'Production API 2026',
          masked: 'pbk_...k9Qa',
          state: 'active',
          createdAt: at('10:36:50.300'),
        },
      ],
    },
    {
      kind: 'address',
      id: '203.0.113.7',
      name: '203.0.113.7',
      key: null,
      contained: { at: at('10:33:02.481'), by: ada, how: 'block' },
      successors: [],
    },
  ],
  services: [
    {
      ...{
        label: 'acme-checkout',
        apiKeyId: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf',
        network: '198.51.100.0/24',
        userAgent: 'acme-checkout',
        service: 'checkout',
      },
      ...{ source: 'system', suspect: false, status: 'moved', at: at('11:20:09.700'), because: null, comment: 'Deployed by payments' },
    },
  ],
  extent: {
    ...{ from: at('09:58:00.000'), to: null, confirmedAt: at('14:02:31.000'), confirmedBy: ada },
    figures: { requests: 1_214, writes: 0, resources: 212, bytesOut: 58_304_112, addresses: 1, unexplainedKeys: 0 },
  },
  rootCause: 'The key was committed to a public repository.',
  impact: '212 invoices were **read**. Nothing was changed.',
  lessons: '- Scan commits for keys\n- One key for each service',
  followUps: [
    { title: 'Scan commits for keys', owner: grace, dueOn: '2025-12-16', doneAt: null, doneBy: null },
    { title: 'Tell the customers', owner: ada, dueOn: '2025-12-03', doneAt: at('15:40:00.000'), doneBy: ada },
  ],
  notes: [{ at: at('10:41:20.000'), author: ada, text: 'The repository is private again; the key is in its history.' }],
  timeline: [
    told('10:30:15.123', 'opened', grace, 'opened the incident: Production API used from 203.0.113.7.'),
    told('10:32:40.000', 'looked', ada, 'looked at it, the first admin to do so.'),
    told('10:33:02.481', 'contained', ada, 'stopped Production API (revoked), 203.0.113.7 (blocked).'),
    told('10:36:50.300', 'replaced', ada, 'replaced Production API by Production API 2026.'),
    told('11:20:09.700', 'serviceMoved', system, 'saw acme-checkout with Production API 2026.'),
    told('14:02:31.000', 'scoped', ada, 'confirmed the extent from 2025-12-02 09:58:00 UTC.'),
    told('16:04:11.020', 'closed', ada, 'closed the incident.'),
  ],
  evidence: [row],
  evidenceHidden: 0,
};
