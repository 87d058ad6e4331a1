export { AccessModule } from './access.module';
export { EarlyAuthentication } from './early-authentication';
