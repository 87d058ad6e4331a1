export { IncidentEvents, type Happened } from './incident-events.service';
export { IncidentExtents } from './extent/extent.service';
export { IncidentResponseModule } from './incident-response.module';
export { Incidents } from './incidents.service';
export { getIncident, type IncidentRow, type Origin } from './incidents.queries';
export type { Opening } from './opening';
export { Containment } from './containment.service';
export { IncidentViews } from './incident-views.service';
export { Timelines } from './timeline.service';
