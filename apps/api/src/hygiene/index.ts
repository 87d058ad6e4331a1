export { familyOf } from './caller-group';
export { HygieneService } from './hygiene.service';
export { HygieneModule } from './hygiene.module';
