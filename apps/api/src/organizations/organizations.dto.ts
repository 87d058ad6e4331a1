/** The shapes of people, sessions, the organization and its plan: what comes in, with its rules, and what goes out. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  leakPolicies,
  permissions,
  planNames,
  roles,
  type LeakPolicy,
  type Permission,
  type PlanName,
  type Role,
} from '@pinebill/contract';
import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  IsObject,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IsPassword, MAX_PASSWORD, MIN_PASSWORD } from './password.decorator';
import { IsText } from '../platform/text.decorator';

const ids = {
  user: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng',
  member: 'mem_01jdw2gm3xe4pt6x0rbf6n2k9c',
  organization: 'org_01jdw2e0k6fxnrwq2v7m3h5t8a',
  session: 'ses_01jdw2hb8zes2tn4k6q9c1x3vy',
} as const;
const at = '2025-12-02T10:30:15.123Z';
const email = 'ada@example.com';
const maxLimit = 1_000_000;

/** Blanks around a name or an address are a slip of the hand. */
export const Trimmed = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));
/** May be left out; null is refused by the rules that follow. */
const MayBeLeftOut = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);
export const password = {
  type: String,
  format: 'password',
  minLength: MIN_PASSWORD,
  maxLength: MAX_PASSWORD,
  example: 'a few unrelated words',
} as const;

export class StartSession {
  @ApiProperty({ example: email, maxLength: 254 })
  @Trimmed()
  @IsText(254)
  email!: string;

  @ApiProperty({ type: String, format: 'password', example: 'a few unrelated words' })
  @IsString()
  @MaxLength(1_024)
  password!: string;

  @ApiPropertyOptional({ example: '123456', description: 'Of the second factor, when the account has one; or a recovery code.' })
  @IsOptional()
  @IsText(40)
  code?: string;
}

export class ChooseOrganization {
  @ApiProperty({ example: ids.organization })
  @Matches(/^org_[0-7][0-9a-hjkmnp-tv-z]{25}$/, { message: '$property must be the id of an organization: org_ and 26 characters' })
  organizationId!: string;
}

export class SessionUser {
  @ApiProperty({ example: ids.user }) id!: string;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
  @ApiProperty({ example: email }) email!: string;
  @ApiProperty({ example: false, description: 'True: everything but a new password is refused with `password_change_required`.' })
  mustChangePassword!: boolean;
}

export class SessionOrganization {
  @ApiProperty({ example: ids.organization }) id!: string;
  @ApiProperty({ example: 'ACME GmbH' }) name!: string;
}

export class CurrentOrganization extends SessionOrganization {
  @ApiProperty({ example: true, description: 'The installation belongs to it: its admins see the state of the system.' }) isHome!: boolean;
}

export class OrganizationChoice extends SessionOrganization {
  @ApiProperty({ enum: roles, example: 'member' }) role!: Role;
}

export class SessionSecondFactor {
  @ApiProperty({ example: true, description: 'The person has one.' }) enrolled!: boolean;
  @ApiProperty({
    example: false,
    description: 'True: everything but setting one up is refused with `second_factor_enrolment_required`.',
  })
  enrolmentRequired!: boolean;
}

export class SessionView {
  @ApiProperty({ type: SessionUser }) user!: SessionUser;
  @ApiProperty({ type: CurrentOrganization, description: 'The one that this session works in.' }) organization!: CurrentOrganization;
  @ApiProperty({ type: [OrganizationChoice], description: 'All that the person can work in.' }) organizations!: OrganizationChoice[];
  @ApiProperty({ enum: roles, example: 'member' }) role!: Role;
  @ApiProperty({ enum: permissions, isArray: true, example: ['audit:read'] }) permissions!: Permission[];
  @ApiProperty({ type: SessionSecondFactor }) secondFactor!: SessionSecondFactor;
}

export const memberStates = ['active', 'suspended', 'invited'] as const;
export type MemberState = (typeof memberStates)[number];

export class InviteMember {
  @ApiProperty({ example: email, maxLength: 254 })
  @Trimmed()
  @IsEmail()
  @MaxLength(254)
  email!: string;

  @ApiProperty({ example: 'Ada Lovelace', maxLength: 120 })
  @Trimmed()
  @IsText(120)
  name!: string;

  @ApiProperty({ enum: roles, example: 'member' })
  @IsIn(roles)
  role!: Role;
}

export class ChangeMember {
  @ApiPropertyOptional({ enum: roles, example: 'admin' })
  @MayBeLeftOut()
  @IsIn(roles)
  role?: Role;

  @ApiPropertyOptional({ example: true, description: 'A suspended member cannot sign in.' })
  @MayBeLeftOut()
  @IsBoolean()
  suspended?: boolean;
}

export class MemberView {
  @ApiProperty({ example: ids.member, description: 'Stays the same when the invitation is accepted.' }) id!: string;
  @ApiProperty({ type: String, nullable: true, example: ids.user, description: 'Null while invited.' }) userId!: string | null;
  @ApiProperty({ example: 'Ada Lovelace' }) name!: string;
  @ApiProperty({ example: email }) email!: string;
  @ApiProperty({ enum: roles, example: 'member' }) role!: Role;
  @ApiProperty({ enum: memberStates, example: 'active' }) state!: MemberState;
  @ApiProperty({ example: true, description: 'A code of an app is asked for at the sign-in.' }) secondFactor!: boolean;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: at }) lastSignInAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'Until when an invitation can be accepted.',
  })
  invitationExpiresAt!: string | null;
}

export class InvitedMember extends MemberView {
  @ApiProperty({
    type: String,
    format: 'uri',
    nullable: true,
    example: 'https://audit.example.com/#/accept-invitation/4f6d2a9e...',
    description: 'Shown this once; works once. Null in a replay.',
  })
  invitationUrl!: string | null;
  @ApiProperty({ example: true, description: 'Whether the link is mailed as well.' }) mailed!: boolean;
}

export class MemberPage {
  @ApiProperty({ type: [MemberView] }) data!: MemberView[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}

export class AcceptInvitation {
  @ApiProperty({ example: 'Ada Lovelace', maxLength: 120, description: 'Of a new account; one that exists keeps its name.' })
  @Trimmed()
  @IsText(120)
  name!: string;

  @ApiProperty({ ...password, description: 'Of a new account. Who has an account already gives its password.' })
  @IsPassword()
  password!: string;

  @ApiPropertyOptional({ example: '123456', description: 'Of an account that exists already and has a second factor.' })
  @MayBeLeftOut()
  @IsText(40)
  code?: string;
}

export class ChangeMe {
  @ApiPropertyOptional({ example: 'Ada Lovelace', maxLength: 120 })
  @MayBeLeftOut()
  @Trimmed()
  @IsText(120)
  name?: string;
}

export class ChangePassword {
  @ApiProperty({ type: String, format: 'password', example: 'what it was until now' })
  @IsString()
  @MaxLength(1_024)
  currentPassword!: string;

  @ApiProperty(password)
  @IsPassword()
  newPassword!: string;
}

export class OwnSession {
  @ApiProperty({ example: ids.session }) id!: string;
  @ApiProperty({ example: true, description: 'The one that asks.' }) current!: boolean;
  @ApiProperty({ example: ids.organization, description: 'The organization it works in.' }) organizationId!: string;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
  @ApiProperty({ format: 'date-time', example: at }) lastSeenAt!: string;
  @ApiProperty({ format: 'date-time', example: '2025-12-09T10:30:15.123Z' }) expiresAt!: string;
  @ApiProperty({ type: String, nullable: true, example: '192.0.2.7' }) ip!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Mozilla/5.0' }) userAgent!: string | null;
}

export class OwnSessionPage {
  @ApiProperty({ type: [OwnSession] }) data!: OwnSession[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page.' }) nextCursor!: string | null;
}

export class Limits {
  @ApiProperty({ type: 'integer', example: 6_000, description: 'Requests a minute that one API key may make.' }) perKeyPerMinute!: number;
  @ApiProperty({ type: 'integer', example: 30_000, description: 'Requests a minute that all API keys together may make.' })
  perOrganizationPerMinute!: number;
}

const limit = (example: number) =>
  ({ type: 'integer', nullable: true, minimum: 1, maximum: maxLimit, example, description: 'Null: what the plan says.' }) as const;

export class ChangeLimits {
  @ApiPropertyOptional(limit(6_000))
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(maxLimit)
  perKeyPerMinute?: number | null;

  @ApiPropertyOptional(limit(30_000))
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(maxLimit)
  perOrganizationPerMinute?: number | null;
}

const days = (minimum: number, maximum: number, example: number, description: string) =>
  ({ type: 'integer', minimum, maximum, example, description }) as const;
const rotation = days(7, 730, 90, 'Keys are to be rotated at this age, in days.');
const idleness = days(1, 400, 30, 'A key without an accepted request for so many days is idle.');
const expiring = days(1, 90, 14, 'A key that ends within so many days is expiring.');

/** What the organization asks of its people and keys. Each is left as it is when it is not given. */
const leaked = {
  enum: leakPolicies,
  example: 'revoke',
  description: 'What is done at once about a key that a scanner reports as leaked, besides an incident that admins are told of.',
} as const;

export class ChangePolicies {
  @ApiPropertyOptional(rotation) @MayBeLeftOut() @IsInt() @Min(rotation.minimum) @Max(rotation.maximum) rotationDays?: number;
  @ApiPropertyOptional(idleness) @MayBeLeftOut() @IsInt() @Min(idleness.minimum) @Max(idleness.maximum) idleDays?: number;
  @ApiPropertyOptional(expiring) @MayBeLeftOut() @IsInt() @Min(expiring.minimum) @Max(expiring.maximum) expiringDays?: number;

  @ApiPropertyOptional({ example: true, description: 'Only an admin with a second factor can switch it on.' })
  @MayBeLeftOut()
  @IsBoolean()
  requireSecondFactorForAdmins?: boolean;

  @ApiPropertyOptional(leaked) @MayBeLeftOut() @IsIn(leakPolicies) leakedKeys?: LeakPolicy;
}

export class Policies {
  @ApiProperty(rotation) rotationDays!: number;
  @ApiProperty(idleness) idleDays!: number;
  @ApiProperty(expiring) expiringDays!: number;

  @ApiProperty({ example: false, description: 'Admins without a second factor can do nothing but set one up.' })
  requireSecondFactorForAdmins!: boolean;

  @ApiProperty(leaked) leakedKeys!: LeakPolicy;
}

export class ChangeOrganization {
  @ApiPropertyOptional({ example: 'ACME GmbH', maxLength: 120 })
  @MayBeLeftOut()
  @Trimmed()
  @IsText(120)
  name?: string;

  @ApiPropertyOptional({ type: ChangeLimits })
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => ChangeLimits)
  limits?: ChangeLimits;

  @ApiPropertyOptional({ type: ChangePolicies })
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => ChangePolicies)
  policies?: ChangePolicies;
}

export class FoundOrganization {
  @ApiProperty({ example: 'ACME France', maxLength: 120 })
  @Trimmed()
  @IsText(120)
  name!: string;
}

export class OrganizationView {
  @ApiProperty({ example: ids.organization }) id!: string;
  @ApiProperty({ example: 'ACME GmbH' }) name!: string;
  @ApiProperty({ enum: planNames, example: 'enterprise' }) plan!: PlanName;
  @ApiProperty({ type: Limits, description: 'Those in force: of the plan, unless the organization has its own.' }) limits!: Limits;
  @ApiProperty({ type: Policies }) policies!: Policies;
  @ApiProperty({ format: 'date-time', example: at }) createdAt!: string;
}
