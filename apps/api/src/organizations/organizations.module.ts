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
import { OrganizationController } from './organization.controller';
import { OrganizationService } from './organization.service';
import { PasswordLinks } from './password-links.service';
import { PasswordRequestsService } from './password-requests.service';
import { PasswordResetsController } from './password-resets.controller';
import { PasswordResetsService } from './password-resets.service';
import { Passwords } from './passwords';
import { SessionController } from './session.controller';
import { SessionCookie } from './session-cookie';
import { SessionsService } from './sessions.service';
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
    OrganizationController,
  ],
  providers: [
    FoundingService,
    InvitationsService,
    JoiningService,
    MeService,
    MembersService,
    OrganizationService,
    PasswordLinks,
    PasswordRequestsService,
    PasswordResetsService,
    Passwords,
    SessionCookie,
    SessionsService,
    SignInService,
    SignInThrottle,
  ],
})
export class OrganizationsModule {}
