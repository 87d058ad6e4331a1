import type { ExportDelivery } from './deliveries.dto';
import type { DeliveryRow } from './deliveries.queries';
import type { Destinations } from './destinations';

export function toDeliveryView(row: DeliveryRow, destinations: Pick<Destinations, 'shown'>): ExportDelivery {
  return {
    destination: row.destination,
    state: row.state,
    failures: row.failures,
    nextAttemptAt: row.state === 'waiting' && row.failures > 0 ? row.next_at.toISOString() : null,
    deliveredAt: row.delivered_at?.toISOString() ?? null,
    location: row.location === null ? null : destinations.shown(row.destination, row.location),
    failure: row.failure_code === null ? null : { code: row.failure_code, detail: row.failure ?? '' },
  };
}
