import { Controller, Get, Header, HttpCode, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { APP_CONFIG, type AppConfig } from '../config';
import { Public } from './access.decorator';
import { AppError } from './app-error';
import { Metrics } from './metrics';
import { isOperator } from './operator';
import { ReadinessCheck, type Readiness } from './readiness';

/** As every 503 of the product says it. */
const NOT_READY_SECONDS = '2';

/** For load balancers and monitoring; not part of the described API. */
@ApiExcludeController()
@Controller()
@Public('Load balancers and monitoring have no credentials; the details are for operators.')
export class HealthController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly readiness: ReadinessCheck,
    private readonly metrics: Metrics,
  ) {}

  @Get('healthz')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  alive(): { status: 'alive' } {
    return { status: 'alive' };
  }

  @Get('readyz')
  @Header('cache-control', 'no-store')
  async ready(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const isOperators = isOperator(request.raw, this.config.metricsToken);
    const { ready, ...details } = isOperators ? await this.details() : { ready: this.readiness.isReady() };
    void reply.status(ready ? 200 : 503);
    if (!ready) void reply.header('retry-after', NOT_READY_SECONDS);
    return { status: ready ? 'ready' : 'notReady', ...details };
  }

  private async details(): Promise<Pick<Readiness, 'ready' | 'warnings' | 'parts'>> {
    const { ready, warnings, parts } = await this.readiness.check();
    return { ready, warnings, parts };
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  async prometheus(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (!isOperator(request.raw, this.config.metricsToken)) {
      throw new AppError('insufficient_role', {
        detail: 'Metrics are for callers on this machine, or with the token of PINEBILL_METRICS_TOKEN.',
      });
    }
    void reply.header('content-type', this.metrics.contentType);
    return await this.metrics.text();
  }
}
