export { LeakIntakeModule } from './leak-intake.module';
