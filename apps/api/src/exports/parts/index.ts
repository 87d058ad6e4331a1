import { ActivityPart } from './activity-part';
import { AuditLogPart } from './audit-log-part';
import { IncidentPart } from './incident-part';
import type { Part, Reading } from './part';
import { PurgePart } from './purge-part';
import { ReviewPart } from './review-part';

export const partsWith = (reading: Reading): readonly Part[] => [
  new AuditLogPart(reading),
  new ActivityPart(reading),
  new ReviewPart(reading),
  new PurgePart(reading),
  new IncidentPart(reading),
];
