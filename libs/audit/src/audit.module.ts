/** `AuditModule.forRoot(options)`: the one line that installs recorder and interceptor. */
import { Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_INTERCEPTOR, DiscoveryModule, HttpAdapterHost } from '@nestjs/core';
import { AuditCoalescer } from './audit.coalescer';
import { AuditInterceptor } from './audit.interceptor';
import { AUDIT_SETTINGS, ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, withDefaults, type AuditSettings } from './audit.options';
import { AuditRecorder } from './audit.recorder';
import { AuditRoutes } from './audit.routes';
import { AuditTrail } from './audit.trail';
import { AuditWriter } from './audit.writer';
import { pinToOneServer } from './fastify-listen';

@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: AUDIT_SETTINGS, useFactory: withDefaults, inject: [MODULE_OPTIONS_TOKEN] },
    {
      provide: AuditWriter,
      useFactory: ({ mode, directory, store, onError, homeOrganizationId, maxJournalBytes, closeTimeoutMs }: AuditSettings) =>
        AuditWriter.open({
          mode,
          directory,
          store,
          onError,
          homeOrganizationId,
          ...(maxJournalBytes === undefined ? {} : { maxJournalBytes }),
          ...(closeTimeoutMs === undefined ? {} : { closeTimeoutMs }),
        }),
      inject: [AUDIT_SETTINGS],
    },
    {
      provide: AuditCoalescer,
      useFactory: ({ anonymousRefusalsPerMinute: bound }: AuditSettings, writer: AuditWriter) => new AuditCoalescer({ writer, bound }),
      inject: [AUDIT_SETTINGS, AuditWriter],
    },
    AuditRoutes,
    AuditTrail,
    AuditRecorder,
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  ],
  exports: [AuditCoalescer, AuditRecorder, AuditRoutes, AuditTrail, AuditWriter],
})
export class AuditModule extends ConfigurableModuleClass implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly recorder: AuditRecorder,
    private readonly coalescer: AuditCoalescer,
    @Inject(AuditWriter) private readonly writer: Pick<AuditWriter, 'close'>,
  ) {
    super();
  }

  /** Nest bootstraps before it listens. */
  async onApplicationBootstrap(): Promise<void> {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (!adapter) return;
    await this.recorder.prepare();
    this.recorder.install(adapter.getHttpServer() as Parameters<AuditRecorder['install']>[0]);
    pinToOneServer(adapter.getType(), adapter.getInstance());
  }

  /** The server no longer listens; what is still open gets its record. */
  async onApplicationShutdown(): Promise<void> {
    await this.recorder.drained();
    await this.coalescer.close();
    await this.writer.close();
  }
}
