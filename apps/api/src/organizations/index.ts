export { lockPeople } from './member';
export { MembersService } from './members.service';
export { OrganizationsModule } from './organizations.module';
export { hashSessionToken, readSessionToken, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from './session-token';
