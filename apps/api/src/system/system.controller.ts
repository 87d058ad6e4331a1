import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { QuarantinePage, SystemView, TestMailSent } from './system.dto';
import { SystemService } from './system.service';

@ApiTags('System')
@Controller('v1/system')
export class SystemController {
  constructor(private readonly system: SystemService) {}

  @Get()
  @Access('system:read')
  @ApiOperation({
    summary: 'Get the state of the installation',
    description:
      'Of the process that answers, and of the database that all share. For admins of the organization that the installation belongs to.',
  })
  @ApiOkResponse({ type: SystemView })
  get(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<SystemView> {
    return this.system.get(actor, query);
  }

  @Post('test-mail')
  @HttpCode(200)
  @Access('organization:write')
  @Refuses('mail_not_configured', 'mail_not_taken')
  @ApiOperation({
    summary: 'Send a mail to oneself',
    description:
      'At once, past the outbox, so that the answer says what the mail server says. For admins of the organization that the installation belongs to.',
  })
  @ApiOkResponse({ type: TestMailSent })
  testMail(@CurrentActor() actor: Actor): Promise<TestMailSent> {
    return this.system.sendTestMail(actor);
  }

  @Get('quarantine')
  @Access('system:read')
  @RecordedQuery('limit', 'cursor')
  @ApiOperation({
    summary: 'List records that PostgreSQL would not take',
    description:
      'Newest first. Those of the organization and those whose organization cannot be read as they were; of those of other organizations that they are there, and why, without the record.',
  })
  @ApiOkResponse({ type: QuarantinePage })
  quarantine(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<QuarantinePage> {
    return this.system.quarantine(actor, query);
  }
}
