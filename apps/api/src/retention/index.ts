export { certificatesOf } from './certificates.service';
export { heldBy, isHeld, type HeldBy } from './held.queries';
export { type PurgeCertificateView } from './retention.dto';
export { HoldsService } from './holds.service';
export { Purge } from './purge.service';
export { RetentionModule } from './retention.module';
