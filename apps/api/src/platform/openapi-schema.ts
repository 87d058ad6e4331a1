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

type Schemas = Readonly<Record<string, Schema>>;

/** Deep and whole: every property that has a schema has a value. */
export function exampleOf(schema: Schema, schemas: Schemas): Json {
  const given = [schema.example, schema.default, schema.enum?.[0]].find((value) => value !== undefined);
  if (given !== undefined) return given;
  const other = referred(schema, schemas);
  return other === undefined ? exampleOfType(schema, schemas) : exampleOf(other, schemas);
}

function referred({ $ref, allOf, anyOf, oneOf }: Schema, schemas: Schemas): Schema | undefined {
  return $ref === undefined ? (allOf ?? anyOf ?? oneOf)?.[0] : schemas[$ref.split('/').at(-1) ?? ''];
}

function exampleOfType({ type: types, items, properties, format = '' }: Schema, schemas: Schemas): Json {
  const type = [types].flat()[0] ?? (properties ? 'object' : '');
  if (type === 'array') return items ? [exampleOf(items, schemas)] : [];
  if (type !== 'object') return byType[type] ?? byFormat[format] ?? 'text';
  return Object.fromEntries(Object.entries(properties ?? {}).map(([name, property]) => [name, exampleOf(property, schemas)]));
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
  const others = schema.allOf ?? (schema.$ref === undefined ? undefined : [{ $ref: schema.$ref }]);
  if (others) {
    delete schema.allOf;
    delete schema.$ref;
    schema.anyOf = [...others, { type: 'null' }];
    return;
  }
  if (schema.type !== undefined) schema.type = [...[schema.type].flat(), 'null'];
  if (schema.enum) schema.enum = [...schema.enum, null];
}
