import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { WorksDuringMaintenance } from '../platform/during-maintenance.decorator';
import { LeakChecksService } from './leak-checks.service';
import { CheckLeak, LeakCheckView } from './leak-intake.dto';

@ApiTags('Leaks')
@Controller('v1/leak-checks')
export class LeakChecksController {
  constructor(private readonly checks: LeakChecksService) {}

  @Post()
  @HttpCode(200)
  @Access('incidents:write')
  @WorksDuringMaintenance('Whether a key has leaked must be known when it is suspected.')
  @ApiOperation({
    summary: 'Check whether a text holds a key of the organization',
    description: 'Whose key it is, and in which state. The text is neither stored nor logged; the activity log says that a check was made, and its verdict.',
  }) // prettier-ignore
  @ApiOkResponse({ type: LeakCheckView })
  check(@CurrentActor() actor: Actor, @Body() { text }: CheckLeak): Promise<LeakCheckView> {
    return this.checks.check(actor, text);
  }
}
