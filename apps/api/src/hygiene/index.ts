export { familyOf } from './caller-group';
export { HygieneModule } from './hygiene.module';
