/** What helps to read the log, for stories and specs. */
import type { AddressView, SavedView } from '../api-types';
import { typeId } from './builders';

/** Of which nothing is known. */
export const anAddress = (over: Partial<AddressView> = {}): AddressView => ({
  ...{ address: '203.0.113.7', network: '203.0.113.0/24', from: '2025-09-03T10:30:00.000Z', to: '2025-12-02T10:31:00.000Z' },
  ...{
    firstSeenAt: null,
    lastSeenAt: null,
    requests: 0,
    clientErrors: 0,
    serverErrors: 0,
    bytesOut: 0,
    p50Ms: null,
    p95Ms: null,
    p99Ms: null,
  },
  ...{ neighbours: [], exact: true, countedFrom: '2025-09-03T10:30:00.000Z', statuses: [], callers: [], countries: [], agents: [] },
  ...over,
});

export const aView = (number: number, over: Partial<SavedView> = {}): SavedView => ({
  id: typeId('viw', number),
  name: `View ${number}`,
  shared: false,
  filter: { status: '4xx', actorType: '!user' },
  range: '24h',
  order: 'desc',
  columns: null,
  density: null,
  isDefault: false,
  createdBy: { id: typeId('usr', 1), name: 'Ada Admin' },
  createdAt: '2025-12-01T08:00:00.000Z',
  updatedAt: '2025-12-01T08:00:00.000Z',
  ...over,
});
