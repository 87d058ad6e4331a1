/** What is kept of an extent when somebody confirms it: its sums, as they were then. Rows come and go, and what was decided rests on these. */
import type { IncidentExtent } from './extent.dto';

export type ExtentFigures = Record<string, number | boolean>;

export function figuresOf(extent: IncidentExtent): ExtentFigures {
  const { total, addresses, networks, countries, agents, endpoints, resources, otherKeys, made, gone } = extent;
  const { requests = 0, accepted = 0, refused = 0, reads = 0, writes = 0, bytesOut = 0 } = total ?? {};
  return {
    ...{ requests, accepted, refused, reads, writes, bytesOut },
    ...{ addresses: addresses.total, newAddresses: addresses.new, networks: networks.total, countries: countries.total },
    ...{ userAgents: agents.total, endpoints: endpoints.total },
    resources: resources.reduce((sum, one) => sum + one.total, 0),
    resourcesWritten: resources.reduce((sum, one) => sum + one.written, 0),
    ...{ otherKeys: otherKeys.total, madeMeanwhile: made.total, goneByRetention: gone.requests, exact: extent.exact },
  };
}
