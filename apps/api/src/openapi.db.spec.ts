import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { AuditRoutes } from '@pinebill/nestjs-audit';
import { startTestApp, type TestApp } from './testing/test-app';

const root = resolve(__dirname, '../../..');
const file = join(root, 'docs/openapi.json');
/** What the validator itself runs on. */
const fromValidator = createRequire(createRequire(__filename).resolve('@seriousme/openapi-schema-validator'));

type Media = { schema?: object; example?: unknown; examples?: Record<string, { value: unknown }> };
type Answer = { $ref?: string; content?: Record<string, Media>; headers?: object };
type Operation = {
  summary?: string;
  operationId: string;
  requestBody?: Answer;
  responses: Record<string, Answer>;
  security?: object[];
  tags?: string[];
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, Answer>>;
  servers?: object[];
};

const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
);
const resolved = (answer: Answer): Answer =>
  answer.$ref === undefined ? answer : document.components['responses']![answer.$ref.split('/').at(-1)!]!;

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

describe('the description of the API', () => {
  it('is served as it is checked in: after a change, run `npm run generate`', async () => {
    const served = (await t.call('/openapi.json')).json as Document;
    // The servers are where this installation is reached: no two are alike.
    expect({ ...served, servers: [] }).toEqual({ ...document, servers: [] });
  });

  it('is valid OpenAPI 3.1', () => {
    expect(document.openapi).toBe('3.1.0');
    const validate = join(root, 'node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
    expect(JSON.parse(execFileSync(process.execPath, [validate, file], { encoding: 'utf8' }))).toMatchObject({ valid: true });
  });

  it('has the operations that the router has, and no other', () => {
    const routes = t.app
      .get(AuditRoutes)
      .all()
      .filter(({ template }) => template.startsWith('/v1/'))
      .map(({ method, template }) => `${method} ${template}`);
    expect(operations.map(({ name }) => name).sort()).toEqual(routes.sort());
  });

  it('has no name of an operation twice', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('knows null as a type, not as a flag', () => {
    expect(JSON.stringify(document)).not.toContain('"nullable"');
  });

  it('is readable at /docs', async () => {
    const page = await t.call('/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  });
});

describe.each(operations)('$name', ({ path, operation }) => {
  it('says what it does, where it belongs, and who may call it', () => {
    expect(operation.summary).toMatch(/^[A-Z].{5,}$/);
    expect(operation.tags).toHaveLength(1);
    expect(operation.security).toBeInstanceOf(Array);
  });

  it('has an example of every body, and each fits its schema', () => {
    const bodies = [...(operation.requestBody ? [operation.requestBody] : []), ...Object.values(operation.responses).map(resolved)];
    const examples = bodies.flatMap(({ content = {} }) => Object.entries(content).flatMap(([type, media]) => examplesOf(type, media)));
    expect(examples.length).toBeGreaterThan(0);
    for (const { schema, value } of examples) expect(problemsOf(schema, value)).toEqual([]);
  });

  it('describes a success and the problems it answers with', () => {
    const statuses = Object.keys(operation.responses);
    // 303: what a browser visits on its way to the OpenID provider and back.
    expect(statuses.some((status) => status.startsWith('2') || status === '303')).toBe(true);
    expect(statuses).toEqual(expect.arrayContaining(['400', '500', '503', ...(path.includes('{id}') ? ['404'] : [])]));
    if (operation.security!.length > 0) expect(statuses).toEqual(expect.arrayContaining(['401', '403', '429']));
    for (const status of statuses.filter((one) => Number(one) >= 400)) {
      expect(Object.keys(resolved(operation.responses[status]!).content!)).toEqual(['application/problem+json']);
    }
  });
});

function examplesOf(type: string, { schema, example, examples }: Media): { schema: object; value: unknown }[] {
  // An event stream is text: what an event holds is described in words.
  if (!type.includes('json') || schema === undefined) return [];
  const values = examples === undefined ? [example] : Object.values(examples).map(({ value }) => value);
  expect(values).not.toContain(undefined);
  return values.map((value) => ({ schema, value }));
}

type Validator = { (value: unknown): boolean; errors?: { instancePath: string; message?: string }[] };
type Ajv = { compile(schema: object): Validator };
const { default: Ajv2020 } = fromValidator('ajv/dist/2020') as { default: new (options: object) => Ajv };
/** By the text of the schema: compiling takes most of the time, and most bodies are problems. */
const validators = new Map<string, Validator>();

function problemsOf(schema: object, value: unknown): string[] {
  const text = JSON.stringify(schema);
  const { components } = document;
  const validate = validators.get(text) ?? new Ajv2020({ strict: false, validateFormats: false }).compile({ ...schema, components });
  validators.set(text, validate);
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
