import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { FoundingService } from './founding.service';
import { InvitationsController } from './invitations.controller';
import { InvitationsService } from './invitations.service';
import { MeController } from './me.controller';
import { JoiningService } from './joining.service';
import { MeService } from './me.service';
import { MembersController } from './members.controller';
import { MembersService } from './members.service';
import { OidcAccounts } from './oidc-accounts';
import { OidcClient } from './oidc-client';
import { OidcCookie } from './oidc-cookie';
import { OidcController } from './oidc.controller';
import { OidcService } from './oidc.service';
import { OrganizationController } from './organization.controller';
import { OrganizationService } from './organization.service';
import { PasswordLinks } from './password-links.service';
import { PasswordRequestsService } from './password-requests.service';
import { PasswordResetsController } from './password-resets.controller';
import { PasswordResetsService } from './password-resets.service';
import { Passwords } from './passwords';
import { SecondFactorController } from './second-factor.controller';
import { SecondFactorService } from './second-factor.service';
import { SecondFactors } from './second-factors';
import { SessionController } from './session.controller';
import { SessionCookie } from './session-cookie';
import { SessionsService } from './sessions.service';
import { SignInJobs } from './sign-in.jobs';
import { SignInService } from './sign-in.service';
import { SignInThrottle } from './sign-in-throttle';

/** The organization and its plan, its people and their sessions. */
@Module({
  imports: [ActivityModule],
  controllers: [
    SessionController,
    MembersController,
    InvitationsController,
    PasswordResetsController,
    MeController,
    SecondFactorController,
    OidcController,
    OrganizationController,
  ],
  providers: [
    FoundingService,
    InvitationsService,
    JoiningService,
    MeService,
    MembersService,
    OidcAccounts,
    OidcClient,
    OidcCookie,
    OidcService,
    OrganizationService,
    PasswordLinks,
    PasswordRequestsService,
    PasswordResetsService,
    Passwords,
    SecondFactors,
    SecondFactorService,
    SessionCookie,
    SessionsService,
    SignInJobs,
    SignInService,
    SignInThrottle,
  ],
  exports: [MembersService],
})
export class OrganizationsModule {}
