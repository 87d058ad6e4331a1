/** What the console asks for its dashboard of 30 days (apps/console/src/dashboard), in one go: the figures of the course, of endpoints, keys and addresses. */
import { organizationId } from './load.mjs';
import { inTenant } from './measure.mjs';

const DAY_MS = 86_400_000;
const DAYS = 30;
const SHOWN = { endpoint: 200, apiKeyId: 8, ip: 100 };

export async function dashboard(clients, audit, endMs) {
  // In whole days, the one that goes on included.
  const to = (Math.floor(endMs / DAY_MS) + 1) * DAY_MS;
  const [from, before] = [new Date(to - DAYS * DAY_MS), new Date(to - 2 * DAYS * DAY_MS)];
  const programs = { field: 'actorType', negated: true, anyOf: [{ kind: 'exact', value: 'user' }] };
  const read = (at, { conditions = [], ...asked }) =>
    inTenant(clients[at], () =>
      audit.readStats(audit.pgQueryable(clients[at]), {
        organizationId, groupBy: null, intervalMinutes: null, mostGroups: 50, mostLines: 20_000, mostRows: 500_000, from, to: new Date(to), ...asked,
        filter: { minDurationMs: null, maxDurationMs: null, conditions: [programs, ...conditions] },
      }),
    ); // prettier-ignore
  const addresses = async () => {
    const { lines } = await read(0, { groupBy: 'ip', mostGroups: SHOWN.ip });
    const anyOf = lines.flatMap(({ group }) => (group === null ? [] : [{ kind: 'addressRange', first: group, last: group }]));
    return read(0, { groupBy: 'ip', mostGroups: SHOWN.ip, from: before, to: from, conditions: [{ field: 'ip', negated: false, anyOf }] });
  };
  return Promise.all([
    addresses(),
    read(1, { intervalMinutes: DAY_MS / 60_000 }),
    read(2, {}),
    read(3, { groupBy: 'endpoint', mostGroups: SHOWN.endpoint }),
    read(4, { groupBy: 'apiKeyId', mostGroups: SHOWN.apiKeyId }),
  ]);
}
