/**
 * What the decorators cannot say one by one is added to the description of the API here, for every operation alike: who may call it, the
 * problems it answers with, an example of every body, and null in the way of OpenAPI 3.1.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { errors, statusCodeOf, type ErrorCode } from '@pinebill/contract';
import { exampleOf, nullsAsTypes, type Json, type Schema } from './openapi-schema';
import type { AccessRule } from './actor';

/** Operation extensions that the decorators leave behind. */
export const ACCESS_EXTENSION = 'x-access';
export const REFUSALS_EXTENSION = 'x-refusals';
export const MAINTENANCE_EXTENSION = 'x-works-during-maintenance';

type Media = { schema?: Schema; example?: Json; examples?: Record<string, unknown> };
type Body = { content?: Record<string, Media>; required?: boolean };
type Answer = Body & { description?: string; headers?: Record<string, unknown>; $ref?: string };
type Parameter = { name: string; in: string };
type Operation = {
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: Body;
  responses: Record<string, Answer>;
  security?: Record<string, string[]>[];
  [ACCESS_EXTENSION]?: AccessRule;
  [REFUSALS_EXTENSION]?: ErrorCode[];
  [MAINTENANCE_EXTENSION]?: string;
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Answer>; headers: Record<string, unknown> };
};

const requestIdExample = 'req_01jdw2f8qtfvkbh1mv4s9aq0ng';
const REQUEST_ID = { $ref: '#/components/headers/RequestId' };

const problemSchema: Schema = {
  type: 'object',
  description: 'An error, as in RFC 9457. Match on `code`; `detail` is for people.',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', example: 'urn:pinebill:problem:resource_not_found' },
    title: { type: 'string', example: errors.resource_not_found.title },
    status: { type: 'integer', example: 404 },
    detail: { type: 'string', example: 'What happened, and what to do.' },
    code: { type: 'string', enum: Object.keys(errors), example: 'resource_not_found' },
    requestId: { type: ['string', 'null'], example: requestIdExample },
    issues: { type: 'array', items: { $ref: '#/components/schemas/FieldIssue' } },
  },
};
const issueSchema: Schema = {
  type: 'object',
  description: 'One field that was wrong. Never the value.',
  required: ['pointer', 'rule', 'expected'],
  properties: {
    pointer: {
      type: 'string',
      description: 'A JSON pointer into the body, or `?name` of a query parameter.',
      example: '/lines/0/quantity',
    },
    rule: { type: 'string', example: 'min' },
    expected: { type: 'string', example: 'must not be less than 1' },
  },
};

/** The document that is served and checked in; equal input gives equal text. */
export function completeDocument(draft: OpenAPIObject): OpenAPIObject {
  const document = draft as unknown as Document;
  const { components } = document;
  components.schemas = { ...components.schemas, Problem: problemSchema, FieldIssue: issueSchema };
  components.headers = {
    RequestId: { description: 'Of this very request; its record carries it.', schema: { type: 'string' }, example: requestIdExample },
  };
  components.responses = {};
  for (const methods of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) completeOperation(method, operation, document);
  }
  for (const schema of schemasOfRequests(document)) closeSchema(schema);
  components.schemas = sorted(components.schemas);
  components.responses = sorted(components.responses);
  document.paths = sorted(document.paths);
  nullsAsTypes(document);
  return document as unknown as OpenAPIObject;
}

function completeOperation(method: string, operation: Operation, document: Document): void {
  const schemas = document.components.schemas;
  declareAccess(operation);
  const bodies: Body[] = [...(operation.requestBody ? [operation.requestBody] : []), ...Object.values(operation.responses)];
  for (const body of bodies) addExamples(body, schemas);
  for (const [status, answer] of Object.entries(operation.responses)) {
    answer.headers = { 'Request-Id': REQUEST_ID, ...answer.headers };
    answer.description ||= statusCodeOf(Number(status))?.description ?? 'Success';
  }
  for (const [status, codes] of problemsOf(method, operation)) {
    operation.responses[status] ??= { $ref: problemResponse(status, codes, document) };
  }
  Reflect.deleteProperty(operation, REFUSALS_EXTENSION);
}

/** All that a body may be made of. */
function schemasOfRequests({ paths, components: { schemas } }: Document): Set<Schema> {
  const found = new Set<Schema>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { $ref } = node as Schema;
    const schema = $ref === undefined ? undefined : schemas[$ref.split('/').at(-1) ?? ''];
    if (schema && !found.has(schema)) {
      found.add(schema);
      visit(schema);
    }
    for (const [name, member] of Object.entries(node)) if (name !== 'example') visit(member);
  };
  for (const methods of Object.values(paths)) for (const { requestBody } of Object.values(methods)) visit(requestBody);
  return found;
}

/** A field that the operation does not know is refused (validation.ts), so the schema says so. */
function closeSchema(schema: Schema): void {
  if (schema.properties) schema.additionalProperties ??= false;
}

function declareAccess(operation: Operation): void {
  const rule = operation[ACCESS_EXTENSION];
  if (rule === undefined || rule.kind === 'public') {
    operation.security = [];
    return;
  }
  operation.security = rule.scope === null ? [{ session: [] }] : [{ apiKey: [] }, { session: [] }];
  const people = rule.permission === 'signed-in' ? 'People: every role.' : `People: permission \`${rule.permission}\`.`;
  const programs = rule.scope === null ? 'Programs: no.' : `Programs: scope \`${rule.scope}\`.`;
  operation.description = [operation.description, `${people} ${programs}`].filter(Boolean).join('\n\n');
}

function addExamples(body: Body, schemas: Record<string, Schema>): void {
  for (const media of Object.values(body.content ?? {})) {
    if (media.schema && media.example === undefined && media.examples === undefined) media.example = exampleOf(media.schema, schemas);
  }
}

const always: ErrorCode[] = ['unknown_parameter', 'internal_error', 'recording_unavailable', 'database_unavailable', 'overload'];
const ofCallers: ErrorCode[] = ['no_session', 'insufficient_role', 'rate_limited'];
const ofPrograms: ErrorCode[] = ['invalid_api_key', 'missing_scope', 'authentication_unavailable'];
const ofChanges: ErrorCode[] = ['cross_site_request'];
const ofBodies: ErrorCode[] = ['malformed_json', 'invalid_field', 'payload_too_large', 'unsupported_media_type'];
const ofMaintenance: ErrorCode[] = ['maintenance'];
const ofIdempotency: ErrorCode[] = ['idempotency_in_flight', 'idempotency_key_reused'];

const stopsForMaintenance = (method: string, operation: Operation): boolean =>
  method !== 'get' && operation[MAINTENANCE_EXTENSION] === undefined;

/** Which problems an operation can answer with, by status; derived, so that no operation forgets one. */
function problemsOf(method: string, operation: Operation): Map<string, ErrorCode[]> {
  const rule = operation[ACCESS_EXTENSION];
  const parameters = operation.parameters ?? [];
  const has = (where: string, name?: string): boolean =>
    parameters.some((one) => one.in === where && (name === undefined || one.name === name));
  const groups: [boolean, ErrorCode[]][] = [
    [true, always],
    [rule?.kind === 'declared', ofCallers],
    [rule?.kind === 'declared' && rule.scope !== null, ofPrograms],
    [rule?.kind === 'declared' && rule.scope === null, ['person_required']],
    [has('query'), ['invalid_field']],
    [has('query', 'cursor'), ['invalid_cursor']],
    [has('path'), ['resource_not_found']],
    [operation.requestBody !== undefined, [...ofBodies, ...ofChanges]],
    [has('header', 'Idempotency-Key'), ofIdempotency],
    [stopsForMaintenance(method, operation), ofMaintenance],
    [true, operation[REFUSALS_EXTENSION] ?? []],
  ];
  const byStatus = new Map<string, ErrorCode[]>();
  for (const code of new Set(groups.flatMap(([applies, codes]) => (applies ? codes : [])))) {
    const status = String(errors[code].status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

/** The same set of problems is described once, and referred to. */
function problemResponse(status: string, unordered: readonly ErrorCode[], { components }: Document): string {
  const codes = [...unordered].sort();
  const name = `${status}.${codes.join('.')}`;
  components.responses[name] ??= {
    description: codes.map((code) => `\`${code}\`: ${errors[code].title}.`).join(' '),
    headers: { 'Request-Id': REQUEST_ID, ...retryAfter(status) },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { summary: errors[code].title, value: problemExample(code) }])),
      },
    },
  };
  return `#/components/responses/${name}`;
}

const retryAfter = (status: string): Record<string, unknown> =>
  status === '429' || status === '503'
    ? { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' }, example: 2 } }
    : {};

function problemExample(code: ErrorCode): Record<string, unknown> {
  const { title, status } = errors[code];
  const issues =
    code === 'invalid_field'
      ? { issues: [{ pointer: '/name', rule: 'text', expected: 'must be text of 1 to 200 characters on one line' }] }
      : {};
  return { type: `urn:pinebill:problem:${code}`, title, status, detail: `${title}.`, code, requestId: requestIdExample, ...issues };
}

const sorted = <T>(members: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
