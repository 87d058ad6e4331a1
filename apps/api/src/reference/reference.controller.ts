import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { statusCodes } from '@pinebill/contract';
import { Public } from '../platform/access.decorator';
import { readQuery } from '../platform/query';
import { StatusCodeReference } from './reference.dto';

const reference = (): StatusCodeReference => ({
  data: statusCodes.map(({ causes, whatToDo, link = null, ...row }) => ({ ...row, causes: [...causes], whatToDo: [...whatToDo], link })),
});

@ApiTags('Reference')
@Controller('v1/reference')
export class ReferenceController {
  @Get('status-codes')
  @Public('What a status means is documentation: the same for everyone, and needed most by those whose key does not work.')
  @ApiOperation({ summary: 'What each status means, why it comes, and what to do' })
  @ApiOkResponse({ type: StatusCodeReference })
  statusCodes(@Query() query: unknown): StatusCodeReference {
    return (readQuery(query, []), reference());
  }
}
