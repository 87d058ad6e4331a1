export { HygieneModule } from './hygiene.module';
