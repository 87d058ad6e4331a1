import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { ChangeDetection, DetectionView } from './detection.dto';
import { DetectionService } from './detection.service';

@ApiTags('Detection')
@Controller('v1/detection')
export class DetectionController {
  constructor(private readonly detection: DetectionService) {}

  @Get()
  @Access('findings:read')
  @ApiOperation({
    summary: 'Get how far detection has come',
    description: 'Nothing found means something only for the time that was looked at: from when, until when, and what waits.',
  })
  @ApiOkResponse({ type: DetectionView })
  get(@CurrentActor() actor: Actor): Promise<DetectionView> {
    return this.detection.get(actor);
  }

  @Patch()
  @Access('findings:write')
  @ApiOperation({
    summary: 'Change what detection looks at',
    description: 'What people do at the console is left out unless it is asked for here. It holds from the next look on.',
  })
  @ApiOkResponse({ type: DetectionView })
  change(@CurrentActor() actor: Actor, @Body() body: ChangeDetection): Promise<DetectionView> {
    return this.detection.change(actor, body);
  }
}
