import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../../platform/access.decorator';
import type { Actor } from '../../platform/actor';
import { SupportContact } from './log-help.dto';
import { SupportContacts } from './support-contact.service';

@ApiTags('API logs')
@Controller('v1/support-contact')
export class SupportContactController {
  constructor(private readonly contacts: SupportContacts) {}

  @Get()
  @Access('audit:read')
  @ApiOperation({
    summary: 'Get whom to ask for help',
    description: 'Whoever the operator has named with `PINEBILL_SUPPORT_CONTACT`, or else admins of the organization. For people.',
  })
  @ApiOkResponse({ type: SupportContact })
  get(@CurrentActor() actor: Actor): Promise<SupportContact> {
    return this.contacts.get(actor);
  }
}
