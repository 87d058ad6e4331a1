/** Hands out the report of an incident, and the packet for those who help. That it was taken is an entry, of the incident and of the activity. */
import { Inject, Injectable, StreamableFile, type OnModuleDestroy } from '@nestjs/common';
import { AuditLogsService } from '../../audit-logs';
import { APP_CONFIG, type AppConfig } from '../../config';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { Clock } from '../../platform/clock';
import { requireId } from '../../platform/ids';
import { readChoice, readQuery } from '../../platform/query';
import { Turns } from '../../platform/turns';
import { SigningKeysService } from '../../signing-keys';
import { IncidentEvents } from '../incident-events.service';
import { getIncident } from '../incidents.queries';
import { templateOf } from './incident-templates.service';
import type { IncidentReport } from './incident-report';
import { redactedReport } from './redacted-report';
import { reportFormats, type ReportFormat } from './report-file';
import { signedManifest, type ReportKind } from './report-manifest';
import { membersOf, reportOf } from './report.queries';
import { ReportMaker } from './thread/report-maker';

/** A PDF of 1,000 rows takes a second of the processor. */
const AT_ONCE = 1;
const MOST_WAITING = 10;
/** Over all organizations: each is a thread, with a heap of its own. */
const everybody = { organizationId: 'everybody' };
const THREADS = 2;
const MOST_WAITING_FOR_A_THREAD = 100;

type Asked = { kind: ReportKind; format: ReportFormat; shortenAddresses: boolean };
type Taken = { report: IncidentReport; template: string | null };

@Injectable()
export class IncidentReports implements OnModuleDestroy {
  private readonly maker: ReportMaker;
  private readonly turns = new Turns(AT_ONCE, MOST_WAITING);
  private readonly threads = new Turns(THREADS, MOST_WAITING_FOR_A_THREAD);

  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly logs: AuditLogsService,
    private readonly keys: SigningKeysService,
    private readonly events: IncidentEvents,
    @Inject(APP_CONFIG) config: Pick<AppConfig, 'reportThread'>,
  ) {
    this.maker = new ReportMaker(config.reportThread);
  }

  onModuleDestroy(): Promise<void> {
    return this.maker.close();
  }

  report(actor: Actor, id: string, parameters: unknown, method: string): Promise<StreamableFile> {
    const format = readChoice(readQuery(parameters, ['format']), 'format', reportFormats) ?? 'json';
    return this.open(actor, id, { kind: 'pinebill-incident-report', format, shortenAddresses: false }, method);
  }

  packet(actor: Actor, id: string, parameters: unknown, method: string): Promise<StreamableFile> {
    const query = readQuery(parameters, ['format', 'shortenAddresses']);
    const format = readChoice(query, 'format', reportFormats) ?? 'json';
    const shortenAddresses = readChoice(query, 'shortenAddresses', ['true', 'false']) === 'true';
    return this.open(actor, id, { kind: 'pinebill-support-packet', format, shortenAddresses }, method);
  }

  private async open(actor: Actor, id: string, asked: Asked, method: string): Promise<StreamableFile> {
    const uuid = requireId('inc', id);
    const { kind, format } = asked;
    const { report, template } = await this.take(actor, uuid, { ...asked, isHandedOut: method !== 'HEAD' });
    const signer = await this.keys.current();
    const signed = signedManifest(report, { kind, key: signer.view, sign: signer.sign });
    const make = () => this.maker.make(report, { format, kind, signed, template });
    const { name, type, bytes } = await (format === 'pdf' ? this.turns.take(actor, () => this.threads.take(everybody, make)) : make());
    return new StreamableFile(bytes, { type, disposition: `attachment; filename="${name}"` });
  }

  private take(
    actor: Actor,
    uuid: string,
    { kind, format, shortenAddresses, isHandedOut }: Asked & { isHandedOut: boolean },
  ): Promise<Taken> {
    return this.tenant.run(actor, async (tx) => {
      const hidesAnonymous = await this.logs.hidesAnonymousFrom(tx, actor);
      const report = await reportOf(tx, actor, { id: uuid, now: this.clock.now(), hidesAnonymous });
      const template = (await templateOf(tx, actor))?.text ?? null;
      const isPacket = kind === 'pinebill-support-packet';
      if (isHandedOut) {
        const data = { format, ...(isPacket ? { packet: true, shortenAddresses } : {}) };
        await this.events.record(tx, actor, await getIncident(tx, actor, uuid), { kind: 'exported', data });
      }
      if (!isPacket) return { report, template };
      return { report: redactedReport(report, { shortenAddresses, people: await membersOf(tx, actor) }), template };
    });
  }
}
