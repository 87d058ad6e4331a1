export { lockPeople } from './member';
export { MembersService } from './members.service';
export { limitsOf } from './organization.service';
export { Limits } from './organizations.dto';
export { OrganizationsModule } from './organizations.module';
export { hashSessionToken, readSessionToken, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from './session-token';
