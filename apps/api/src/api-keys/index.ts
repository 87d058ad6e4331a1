export { ApiKeysModule } from './api-keys.module';
export { keyByHash, type KeyForAuth } from './api-keys.queries';
export { ApiKeysService } from './api-keys.service';
export { hashKeySecret } from './key-secret';
export { datesOf, keyState } from './key-state';
export { RevokedKeys } from './revoked-keys';
