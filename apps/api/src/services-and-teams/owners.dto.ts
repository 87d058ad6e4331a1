/** The shapes of services and of teams: the same, under names of their own, because each list is a resource. */
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsString, Matches } from 'class-validator';
import { IsText } from '../platform/text.decorator';

const service = 'svc_01jdw2gm3xe4pt6x0rbf6n2k9c';
const team = 'team_01jdw2gm3xe4pt6x0rbf6n2k9d';
/** Blanks around a name are a slip of the hand. */
const Trimmed = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));

export class NameService {
  /** Unique in the organization; case does not count. */
  @ApiProperty({ minLength: 1, maxLength: 80, example: 'checkout' }) @Trimmed() @IsText(80) name!: string;
}

export class NameTeam {
  /** Unique in the organization; case does not count. */
  @ApiProperty({ minLength: 1, maxLength: 80, example: 'payments' }) @Trimmed() @IsText(80) name!: string;
}

export class MergeService {
  /** The service that stays, and that the keys of the other one go to. */
  @ApiProperty({ example: service }) @IsString() @Matches(/^svc_/, { message: 'must be an id that starts with svc_' }) into!: string;
}

export class MergeTeam {
  /** The team that stays, and that the keys of the other one go to. */
  @ApiProperty({ example: team }) @IsString() @Matches(/^team_/, { message: 'must be an id that starts with team_' }) into!: string;
}

export class ServiceView {
  @ApiProperty({ example: service }) id!: string;
  @ApiProperty({ example: 'checkout' }) name!: string;
  /** How many keys belong to it that are not revoked. */
  @ApiProperty({ type: 'integer', example: 3 }) keys!: number;
  @ApiProperty({ format: 'date-time', example: '2025-09-02T08:00:00.000Z' }) createdAt!: string;
}

export class TeamView {
  @ApiProperty({ example: team }) id!: string;
  @ApiProperty({ example: 'payments' }) name!: string;
  /** How many keys belong to it that are not revoked. */
  @ApiProperty({ type: 'integer', example: 5 }) keys!: number;
  @ApiProperty({ format: 'date-time', example: '2025-09-02T08:00:00.000Z' }) createdAt!: string;
}

export class ServicePage {
  @ApiProperty({ type: [ServiceView] }) data!: ServiceView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}

export class TeamPage {
  @ApiProperty({ type: [TeamView] }) data!: TeamView[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor!: string | null;
}
