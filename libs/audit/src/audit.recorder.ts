/**
 * The edge: stands before the framework on the raw HTTP server, because only there every request is seen (ADR 0001). Opens a record for each,
 * asks who calls before a byte of the body is read, refuses or hands over, and holds each answer until its record is durable.
 *
 * Needs an `http.Server` or `https.Server` that is listened on after `install`; not HTTP/2.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { AUDIT_SETTINGS, type AuditSettings, type EdgeProblem } from './audit.options';
import { AuditCoalescer } from './audit.coalescer';
import { AuditRoutes } from './audit.routes';
import type { AuditRecord, Identity } from './audit.types';
import { ClientConnection } from './client-connection';
import { ArrivedRequest } from './arrived-request';
import { Draft, type Ending } from './draft';
import { comeAgain, Exchange, type ExchangePorts, type Objection, type RecordSink } from './exchange';
import { assertNode } from './held-response';
import { endConnectionsOnClose } from './closing';
import { OpenExchanges } from './open-exchanges';
import { arrivedTooLate } from './protocol-errors';
import type { Answer } from './protocol-answers';
import { toRecord } from './record-of-draft';
import { ProtocolRecorder } from './protocol-recorder';
import { takeOver } from './server-listeners';

const noHost: Objection = { status: 400, code: 'malformed_request', outcome: 'protocolError' };
const expectation: Objection = { status: 417, code: 'expectation_failed', outcome: 'completed' };
const crashed: Objection = { status: 500, code: 'internal_error', reason: 'handler_error', outcome: 'completed' };

/** How many more of the open requests may be people's. */
const SESSION_SHARE = 1.125;

/** Hands the request to the framework. */
type HandOver = (request: IncomingMessage, response: ServerResponse) => void;

@Injectable()
export class AuditRecorder {
  private readonly open = new OpenExchanges();
  private readonly ports: ExchangePorts;
  private home: string | null = null;

  constructor(
    @Inject(AUDIT_SETTINGS) readonly settings: AuditSettings,
    @Inject(AuditCoalescer) private readonly sink: RecordSink,
    readonly routes: AuditRoutes,
  ) {
    this.ports = {
      sink,
      record: (draft, ending) => this.record(draft, ending),
      answer: (problem) => this.answer(problem),
      onError: settings.onError,
      onClosed: (exchange) => {
        this.open.closed(exchange);
        ClientConnection.of(exchange.request.socket).closed(exchange);
      },
    };
  }

  /**
   * Before `install`. Whose the records of nobody are is asked now: at the first anonymous request the database may be away, and a request
   * that cannot be recorded then would be refused without being counted for anybody.
   */
  async prepare(): Promise<void> {
    this.home = await this.settings.homeOrganizationId();
  }

  /** Once, before the server listens. */
  install(server: Server): void {
    assertNode();
    // A route that cannot be understood stops the start, not the first request.
    this.routes.all();
    // Node would answer these by itself, off the record.
    Object.assign(server, { requireHostHeader: false, maxRequestsPerSocket: 0 });
    const protocol = new ProtocolRecorder({
      ...this.ports,
      draft: this.draft.bind(this),
      identify: this.identify.bind(this),
      track: (work) => this.open.track(work),
    });
    endConnectionsOnClose(server, {
      tooLate: (socket) => protocol.failed(arrivedTooLate(), socket),
      unanswered: () => this.open.responses(),
    });
    takeOver(server, {
      request: (request, response, handOver) => this.receive(request, response, handOver),
      checkContinue: (request, response, handOver) => this.receive(request, response, handOver),
      checkExpectation: (request, response) => this.receive(request, response, () => undefined, expectation),
      clientError: (error, socket) => protocol.failed(error, socket),
      connect: (request, socket, handOver) => protocol.connected(request, socket, handOver),
      upgrade: (request, socket, handOver) => protocol.upgraded(request, socket, handOver),
    });
    this.open.protectFrom(server);
  }

  /** Requests that have not closed. */
  get openRequests(): number {
    return this.open.size;
  }

  /** Resolves when no request is open and every record has been handed to the writer. */
  drained(): Promise<void> {
    return this.open.drained();
  }

  private receive(request: IncomingMessage, response: ServerResponse, handOver: HandOver, objection: Objection | null = null): void {
    const hostMissing = request.headers.host === undefined && request.httpVersionMajor === 1 && request.httpVersionMinor === 1;
    const objected = hostMissing ? noHost : objection;
    const draft = this.draft(request, request.socket);
    if (!objected && this.isUnrecorded(draft)) {
      ClientConnection.of(request.socket).passBy(response);
      handOver(request, response);
      return;
    }
    if (this.open.size >= this.bound(request)) {
      this.open.track(this.turnAway(draft, request, response));
      return;
    }
    const exchange = new Exchange(draft, request, response, this.ports);
    ClientConnection.of(request.socket).add(exchange);
    this.open.add(exchange);
    response.setHeader('Request-Id', this.settings.requestId(draft.edge.id));
    this.admit(exchange, { request, response, handOver }, objected).catch((error: unknown) => {
      this.settings.onError('A request could not be admitted.', error);
      exchange.object(crashed);
    });
  }

  private bound({ headers }: IncomingMessage): number {
    const { maxOpenRequests } = this.settings;
    return headers.cookie === undefined || headers.authorization !== undefined ? maxOpenRequests : maxOpenRequests * SESSION_SHARE;
  }

  /** As cheap as can be: not identified, not worked on, its body not read. */
  private async turnAway({ edge: { id } }: Draft, request: IncomingMessage, response: ServerResponse): Promise<void> {
    ClientConnection.of(request.socket).passBy(response);
    const { headers, contentType, body } = this.answer({ status: 503, code: 'overload', id });
    await this.sink.turnAway(this.homeId());
    const text = JSON.stringify(body);
    if (!request.complete) response.shouldKeepAlive = false;
    response.writeHead(503, { ...headers, ...comeAgain, 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  /** When in doubt, it is recorded. */
  private isUnrecorded({ edge }: Draft): boolean {
    try {
      return this.settings.isUnrecorded(edge.method, edge.rawQuery === null ? edge.rawPath : `${edge.rawPath}?${edge.rawQuery}`);
    } catch (error) {
      this.settings.onError('The application could not say whether a request is recorded; it is.', error);
      return false;
    }
  }

  private async admit(
    exchange: Exchange,
    { request, response, handOver }: { request: IncomingMessage; response: ServerResponse; handOver: HandOver },
    objection: Objection | null,
  ): Promise<void> {
    const identity = await this.identify(exchange.draft);
    if (objection) exchange.object(objection);
    else if (identity === null) exchange.object(crashed);
    if (!exchange.identified() || identity === null) return;
    try {
      for (const name in identity.responseHeaders) response.setHeader(name, identity.responseHeaders[name] ?? '');
      if (identity.refusal) exchange.refuse(identity.refusal);
      else handOver(request, response);
    } catch (error) {
      this.settings.onError('A request could not be handed to the framework.', error);
      exchange.object(crashed);
    }
  }

  /** Null when it failed: nobody can be named then, and the request is not let in. */
  private async identify(draft: Draft): Promise<Identity | null> {
    const startedAt = performance.now();
    try {
      draft.identity = await this.settings.identify(draft.edge);
    } catch (error) {
      this.settings.onError('The caller could not be identified.', error);
    }
    draft.authMs = performance.now() - startedAt;
    return draft.identity;
  }

  private draft(request: IncomingMessage, socket: Socket): Draft {
    return new Draft(new ArrivedRequest(request, ClientConnection.of(socket).peer, this.routes, this.settings.trustedProxies));
  }

  private record(draft: Draft, ending: Ending): AuditRecord {
    return toRecord(draft, ending, { home: this.homeId(), settings: this.settings });
  }

  private homeId(): string {
    if (this.home === null) throw new Error('AuditRecorder.prepare() comes before the first request.');
    return this.home;
  }

  private answer(problem: EdgeProblem): Answer {
    const { contentType, body } = this.settings.problem(problem);
    return { status: problem.status, headers: { 'Request-Id': this.settings.requestId(problem.id) }, contentType, body };
  }
}
