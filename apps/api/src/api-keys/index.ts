export { ApiKeysModule } from './api-keys.module';
export { keyByHash, type KeyForAuth } from './api-keys.queries';
export { ApiKeysService } from './api-keys.service';
export { hashKeySecret, nameOfKeySecret } from './key-secret';
export { datesOf, keyState } from './key-state';
export { CHECKED_AGAIN_SECONDS, USABLE_SECONDS } from './revocation';
export { RevokedKeys } from './revoked-keys';
