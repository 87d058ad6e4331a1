export { SigningKey, SigningKeys } from './signing-keys.dto';
export { SigningKeysModule } from './signing-keys.module';
export { SigningKeysService } from './signing-keys.service';
