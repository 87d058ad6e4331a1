/**
 * Prometheus: requests by route template (never by path: that would be a series an id), refusals by reason, and the way of the records.
 * What counts up ends in _total and is a counter since the start of the process. docs/operations.md lists them all.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AuditCoalescer, AuditRoutes, AuditWriter } from '@pinebill/nestjs-audit';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { Clock } from './clock';
import { Connections } from './connections';
import { withDeadline } from './deadline';
import { DeliveryCounts } from './delivery-counts';
import { detectionLagSeconds, type DetectionFigures } from './detection-state';
import { KeyCheckCounts } from './key-check-counts';
import { recordingState, type RecordingState } from './recording-state';
import { RefusalCounts } from './refusal-counts';
import { ShippingFigures } from './shipping-figures';
import { StateWatch } from './state-watch';

type Reading = [name: string, help: string, read: (state: RecordingState) => number];

const gauges: readonly Reading[] = [
  ['pinebill_journal_entries', 'Records in the journal that are not in PostgreSQL yet', ({ journal }) => journal.entries],
  ['pinebill_journal_intents', 'Requests whose intent is in the journal and that have not ended', ({ journal }) => journal.intents],
  ['pinebill_journal_bytes', 'Size of the journal', ({ journal }) => journal.bytes],
  ['pinebill_journal_max_bytes', 'Size of the journal at which requests are refused', ({ journal }) => journal.maxBytes],
  ['pinebill_journal_failing', '1 while the journal takes nothing', ({ journal }) => (journal.error === null ? 0 : 1)],
  ['pinebill_shipper_lag_seconds', 'Age of the oldest record that is not in PostgreSQL', ({ shipper }) => shipper.lagSeconds ?? NaN],
  ['pinebill_shipper_failing', '1 while records cannot be shipped', ({ shipper }) => (shipper.lastError === null ? 0 : 1)],
  ['pinebill_shipped_timestamp_seconds', 'When records last reached PostgreSQL; 0: not since the start', ({ shipper }) => Date.parse(shipper.lastShippedAt ?? '1970-01-01T00:00:00Z') / 1_000],
]; // prettier-ignore

/** `audit_records_lost_total` and `audit_records_quarantined_total` are named by the guarantees, without our prefix. */
const counters: readonly Reading[] = [
  ['audit_records_lost_total', 'Records dropped (mode async), each of them told in a gap record', ({ shipper }) => shipper.lost],
  ['audit_records_quarantined_total', 'Records that PostgreSQL would not take, kept aside', ({ shipper }) => shipper.quarantined],
  ['pinebill_unrecordable_requests_total', 'Requests refused because they could not be recorded', ({ journal }) => journal.refused],
  ['pinebill_overload_refused_total', 'Requests refused because too many were open', ({ journal }) => journal.overloadRefused],
  ['pinebill_journal_damages_total', 'Damaged places found in the journal at the start', ({ journal }) => journal.damaged],
];

const BATCH_ROWS = [1, 10, 50, 100, 250, 500, 750, 1_000];
const BATCH_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What we use of the pool behind TypeORM's driver. */
type Pool = { totalCount: number; idleCount: number; waitingCount: number };

type Waiting = { kind: string; waiting: string; oldest: Date | null };
/** Whoever scrapes does not wait for a database that hangs. */
const WAITING_MS = 1_000;

/** Whose figures are shown, beyond the writer's. */
@Injectable()
export class MetricSources {
  constructor(
    readonly coalescer: AuditCoalescer,
    readonly refusals: RefusalCounts,
    readonly shipping: ShippingFigures,
    readonly dataSource: DataSource,
    readonly watch: StateWatch,
    readonly connections: Connections,
    readonly keyChecks: KeyCheckCounts,
    readonly deliveries: DeliveryCounts,
  ) {}
}

@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'pinebill_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  constructor(
    private readonly routes: AuditRoutes,
    private readonly writer: AuditWriter,
    private readonly clock: Clock,
    private readonly sources: MetricSources,
  ) {
    for (const reading of gauges) this.gauge(reading[0], reading[1], () => reading[2](this.recording()));
    for (const reading of counters) this.counter(reading[0], reading[1], () => reading[2](this.recording()));
    this.counter(
      'pinebill_refusals_coalesced_total',
      'Refusals of anonymous sources beyond the bound, counted in gap records',
      () => sources.coalescer.total,
    );
    this.refusals(sources.refusals);
    this.keyChecks(sources.keyChecks);
    this.deliveries(sources.deliveries);
    this.shipping(sources.shipping);
    this.warnings(sources.watch);
    this.detection(sources.watch);
    this.gauge('pinebill_http_connections', 'Open connections, idle ones included', () => sources.connections.open);
    this.counter(
      'pinebill_http_connections_dropped_total',
      'Connections closed at once because of the cap',
      () => sources.connections.dropped,
    );
    this.pool((sources.dataSource.driver as unknown as { master: Pool }).master); // TypeORM keeps pg's pool there, untyped
    // After the pool, of which they take connections.
    this.failingRules(sources.dataSource);
    this.waiting(sources.dataSource);
    // Event loop lag, CPU, memory, garbage collection, open files: by the names that every Node.js dashboard knows.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 20 });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** After the recorder is installed, so beside it and not behind: what is refused at the edge is counted as well. */
  watch(server: Server): void {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const startedAt = performance.now();
      response.once('close', () => this.observe(request, response, (performance.now() - startedAt) / 1_000));
    });
  }

  private recording(): RecordingState {
    return recordingState({ writer: this.writer, coalescer: this.sources.coalescer }, this.clock.now());
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({ name, help, registers: [this.registry], collect() { this.set(read()); } }); // prettier-ignore
  }

  /** `read`: the total that somebody else keeps. */
  private counter(name: string, help: string, read?: () => number): Counter {
    return new Counter({ name, help, registers: [this.registry], ...(read ? { collect() { this.reset(); this.inc(read()); } } : {}) }); // prettier-ignore
  }

  private refusals(counts: RefusalCounts): void {
    new Counter({
      name: 'pinebill_requests_refused_total',
      help: 'Requests refused or failed, by the reason that their record gives',
      labelNames: ['reason'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [reason, count] of counts.all()) this.inc({ reason }, count);
      },
    });
  }

  private keyChecks(counts: KeyCheckCounts): void {
    new Counter({
      name: 'pinebill_key_checks_total',
      help: 'Keys that were checked: by what was remembered, by asking PostgreSQL, or refused unasked beyond the bound of a network',
      labelNames: ['by'],
      registers: [this.registry],
      collect() {
        this.reset();
        const { remembered, asked, unasked } = counts;
        for (const [by, count] of Object.entries({ remembered, asked, unasked })) this.inc({ by }, count);
      },
    });
  }

  private deliveries(counts: DeliveryCounts): void {
    new Counter({
      name: 'pinebill_deliveries_total',
      help: 'Attempts to deliver to channels, and mails, by kind and by what came of them',
      labelNames: ['kind', 'outcome'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { kind, outcome, count } of counts.all()) this.inc({ kind, outcome }, count);
      },
    });
  }

  /** Of the whole installation. Without PostgreSQL nobody knows, and nothing is said. */
  private waiting(dataSource: DataSource): void {
    let asked: Promise<Waiting[]> | null = null;
    // Once for both.
    const ask = (): Promise<Waiting[]> =>
      (asked ??= withDeadline(dataSource.query<Waiting[]>('select * from notification_waiting()'), WAITING_MS)
        .catch(() => [])
        .finally(() => (asked = null)));
    const gauge = (name: string, help: string, read: (row: Waiting) => number): Gauge =>
      new Gauge({
        ...{ name, help, labelNames: ['kind'], registers: [this.registry] },
        async collect() {
          const rows = await ask();
          this.reset();
          for (const row of rows) this.set({ kind: row.kind }, read(row));
        },
      });
    const ageOf = ({ oldest }: Waiting): number =>
      oldest === null ? 0 : Math.max(0, this.clock.now().getTime() - oldest.getTime()) / 1_000;
    gauge('pinebill_deliveries_waiting', 'Deliveries and mails that wait to be sent, or to be tried again', ({ waiting }) =>
      Number(waiting),
    );
    gauge('pinebill_deliveries_oldest_waiting_seconds', 'For how long the oldest of them has waited', ageOf);
  }

  private warnings(watch: StateWatch): void {
    new Gauge({
      name: 'pinebill_warnings',
      help: 'What an operator should do something about, as on /readyz',
      labelNames: ['code', 'severity'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { code, severity } of watch.warnings) this.inc({ code, severity });
      },
    });
  }

  /** Of all processes, at most 10 s old; NaN: not known. */
  private detection(watch: StateWatch): void {
    const reading = (read: (figures: DetectionFigures) => number) => (): number => (watch.detection === null ? NaN : read(watch.detection));
    this.gauge(
      'pinebill_detection_waiting_records',
      'Requests that detection has not looked at',
      reading(({ waiting }) => waiting),
    );
    this.gauge(
      'pinebill_detection_lag_seconds',
      'Age of the oldest request that detection has not looked at',
      reading((figures) => detectionLagSeconds(figures, this.clock.now())),
    );
    this.gauge(
      'pinebill_detection_failing_organizations',
      'Organizations whose log detection cannot look at',
      reading(({ failing }) => failing),
    );
  }

  private shipping(figures: ShippingFigures): void {
    const registers = [this.registry];
    const rows = new Histogram({ name: 'pinebill_shipper_batch_rows', help: 'Records in a batch', buckets: BATCH_ROWS, registers });
    const seconds = new Histogram({
      name: 'pinebill_shipper_batch_duration_seconds',
      help: 'Time that a batch took to be committed by PostgreSQL',
      buckets: BATCH_SECONDS,
      registers,
    });
    const failures = this.counter('pinebill_shipper_failures_total', 'Attempts to store a batch that failed; it is tried again');
    figures.shipped = (batch) => {
      rows.observe(batch.rows);
      seconds.observe(batch.milliseconds / 1_000);
    };
    figures.failed = () => failures.inc();
  }

  /** Counted by PostgreSQL: whichever process is asked, and whichever looks at the rules. */
  private failingRules(dataSource: DataSource): void {
    new Gauge({
      name: 'pinebill_alert_rules_failing',
      help: 'Alert rules that could not be looked at, or only in smaller steps; NaN while PostgreSQL cannot be asked',
      registers: [this.registry],
      async collect() {
        const asked = dataSource.query<{ failing: string }[]>('select alert_rules_failing() as failing');
        const rows = await withDeadline(asked, WAITING_MS).catch((): { failing: string }[] => []);
        this.set(Number(rows[0]?.failing ?? NaN));
      },
    });
  }

  private pool(pool: Pool): void {
    new Gauge({
      name: 'pinebill_database_connections',
      help: 'Connections to PostgreSQL for requests, by what they do',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        this.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
        this.set({ state: 'idle' }, pool.idleCount);
      },
    });
    this.gauge('pinebill_database_waiting', 'Requests that wait for a connection to PostgreSQL', () => pool.waitingCount);
  }

  private observe(request: IncomingMessage, response: ServerResponse, seconds: number): void {
    const method = request.method ?? '';
    const route = this.routes.find(method, (request.url ?? '').split('?')[0] ?? '')?.template;
    // A method that no route takes is the caller's invention: it gets no series of its own.
    this.requests.observe({ method: route ? method : 'other', route: route ?? 'none', status: String(response.statusCode) }, seconds);
  }
}
