/** Prometheus: requests by route template (never by path: that would be a series an id), and the way of the records. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AuditCoalescer, AuditRoutes, AuditWriter, type AuditWriterStatus } from '@pinebill/nestjs-audit';
import { Gauge, Histogram, Registry } from 'prom-client';

const gauges: readonly [name: string, help: string, read: (status: AuditWriterStatus) => number][] = [
  ['pinebill_journal_entries', 'Entries that are not in PostgreSQL yet', (status) => status.pendingEntries],
  ['pinebill_journal_bytes', 'Size of the journal', (status) => status.journalBytes],
  ['pinebill_journal_max_bytes', 'Size at which requests are refused', (status) => status.maxJournalBytes],
  ['pinebill_journal_refused', 'Requests refused since the start because they could not be recorded', (status) => status.refused],
  ['pinebill_records_lost', 'Records dropped since the start (mode async)', (status) => status.lost],
  ['pinebill_records_quarantined', 'Records that PostgreSQL would not take, kept aside', (status) => status.quarantined],
  ['pinebill_shipped_timestamp_seconds', 'When records last reached PostgreSQL', (status) => (status.shippedAt?.getTime() ?? 0) / 1_000],
];

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
    writer: AuditWriter,
    coalescer: AuditCoalescer,
  ) {
    for (const [name, help, read] of gauges) {
      new Gauge({ name, help, registers: [this.registry], collect() { this.set(read(writer.status())); } }); // prettier-ignore
    }
    new Gauge({ name: 'pinebill_refusals_coalesced', help: 'Refusals of anonymous sources beyond the bound, counted in gap records', registers: [this.registry], collect() { this.set(coalescer.total); } }); // prettier-ignore
    new Gauge({ name: 'process_resident_memory_bytes', help: 'Memory in use', registers: [this.registry], collect() { this.set(process.memoryUsage.rss()); } }); // prettier-ignore
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

  private observe(request: IncomingMessage, response: ServerResponse, seconds: number): void {
    const method = request.method ?? '';
    const route = this.routes.find(method, (request.url ?? '').split('?')[0] ?? '')?.template;
    // A method that no route takes is the caller's invention: it gets no series of its own.
    this.requests.observe({ method: route ? method : 'other', route: route ?? 'none', status: String(response.statusCode) }, seconds);
  }
}
