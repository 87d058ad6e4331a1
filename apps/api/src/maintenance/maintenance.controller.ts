import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../platform/access.decorator';
import { readQuery } from '../platform/query';
import { MaintenanceView } from './maintenance.dto';
import { Maintenance } from './maintenance.service';

@ApiTags('Maintenance')
@Controller('v1/maintenance')
export class MaintenanceController {
  constructor(private readonly maintenance: Maintenance) {}

  @Get()
  @Header('cache-control', 'no-store')
  @Public('That changes are refused, until when and why concerns everyone, also who is about to sign in; the operator writes it for them.')
  @ApiOperation({
    summary: 'Whether there is maintenance',
    description: 'While there is, operations that change something answer 503 `maintenance`. Reading, signing in and revoking keys go on.',
  })
  @ApiOkResponse({ type: MaintenanceView })
  show(@Query() query: unknown): MaintenanceView {
    readQuery(query, []);
    const { current } = this.maintenance;
    return {
      active: current !== null,
      startedAt: current?.startedAt.toISOString() ?? null,
      endsAt: current?.endsAt?.toISOString() ?? null,
      message: current?.message ?? null,
    };
  }
}
