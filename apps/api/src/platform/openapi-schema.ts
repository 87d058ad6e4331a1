/** Schemas of OpenAPI: an example out of the examples of the parts, and null as a type (3.1) instead of a flag (3.0). */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type Schema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: Json[];
  example?: Json;
  default?: Json;
  format?: string;
  nullable?: boolean;
  additionalProperties?: Schema | boolean;
};

const byFormat: Record<string, string> = {
  'date-time': '2025-12-02T10:30:15.123Z',
  uri: 'https://pinebill.example/',
  email: 'ada@example.com',
};
const byType: Record<string, Json> = { integer: 1, number: 1.5, boolean: true, null: null };

/** Deep and whole: every property that has a schema has a value. */
export function exampleOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): Json {
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum?.[0] !== undefined) return schema.enum[0];
  const other =
    schema.$ref === undefined ? (schema.allOf ?? schema.anyOf ?? schema.oneOf)?.[0] : schemas[schema.$ref.split('/').at(-1) ?? ''];
  return other === undefined ? exampleOfType(schema, schemas) : exampleOf(other, schemas);
}

function exampleOfType(schema: Schema, schemas: Readonly<Record<string, Schema>>): Json {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'array') return schema.items ? [exampleOf(schema.items, schemas)] : [];
  if (type === 'object' || schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, exampleOf(property, schemas)]));
  }
  return byType[type ?? ''] ?? byFormat[schema.format ?? ''] ?? 'text';
}

/** Rewrites every schema within, in place. Examples are left as they are: a member of one may be called `nullable`. */
export function nullsAsTypes(node: unknown): void {
  if (Array.isArray(node)) for (const one of node) nullsAsTypes(one);
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return;
  const schema = node as Schema & Record<string, unknown>;
  if (schema.nullable === true) admitNull(schema);
  for (const [name, member] of Object.entries(schema)) if (name !== 'example' && name !== 'examples') nullsAsTypes(member);
}

function admitNull(schema: Schema): void {
  delete schema.nullable;
  const referred = schema.allOf ?? (schema.$ref === undefined ? undefined : [{ $ref: schema.$ref }]);
  if (referred) {
    delete schema.allOf;
    delete schema.$ref;
    schema.anyOf = [...referred, { type: 'null' }];
    return;
  }
  if (schema.type !== undefined) schema.type = [...[schema.type].flat(), 'null'];
  if (schema.enum) schema.enum = [...schema.enum, null];
}
