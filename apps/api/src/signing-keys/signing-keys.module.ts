import { Module } from '@nestjs/common';
import { SigningKeysService } from './signing-keys.service';

/** What exports and reports of incidents are signed with. */
@Module({ providers: [SigningKeysService], exports: [SigningKeysService] })
export class SigningKeysModule {}
