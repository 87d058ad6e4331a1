/**
 * The description of what programs send against what the API makes of it: whatever the schema refuses, the API refuses, at the same place. So whoever checks a
 * body by openapi.json, as the console does, is never sent after a fault that is none. The other way round the API knows more: lists of countries, for example.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
import fc from 'fast-check';
import { ChangeCustomer, ChangeInvoice, CreateCustomer, CreateInvoice } from './billing/billing.dto';
import { CreateExport } from './exports/exports.dto';
import { AppError } from './platform/app-error';
import { RequestValidation } from './platform/validation';

const { components } = JSON.parse(readFileSync(join(__dirname, '../../../docs/openapi.json'), 'utf8')) as { components: { schemas: Record<string, Schema> } }; // prettier-ignore
const validation = new RequestValidation();

const customer = {
  name: 'ACME',
  email: 'billing@acme.example',
  address: { line1: '1 Street', line2: null, city: 'Hamburg', country: 'DE' },
};
const invoice = {
  customerId: 'cus_01jdw2f8qtfvkbh1mv4s9aq0ng',
  currency: 'EUR',
  lines: [{ description: 'Consulting', quantity: 3, unitAmount: 12_500 }],
  dueAt: '2026-01-01T00:00:00.000Z',
};
const exported = {
  format: 'csv',
  source: 'auditLogs',
  filter: { status: '4xx' },
  columns: ['startedAt', 'path'],
  timeZone: 'UTC',
  gzip: false,
};
const classes = { CreateCustomer, ChangeCustomer, CreateInvoice, ChangeInvoice, CreateExport };
type Name = keyof typeof classes;
const bodies: Record<Name, object> = { CreateCustomer: customer, ChangeCustomer: customer, CreateInvoice: invoice, ChangeInvoice: invoice, CreateExport: exported }; // prettier-ignore

async function refusedAt(name: Name, body: unknown): Promise<string[]> {
  try {
    await validation.transform(structuredClone(body), { type: 'body', metatype: classes[name] });
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return (error.options.issues ?? []).map(({ pointer }) => pointer);
  }
}

const validators = Object.fromEntries(
  Object.keys(classes).map((name) => [name, new Validator({ $ref: `#/components/schemas/${name}`, components }, '2020-12', false)]),
) as Record<Name, Validator>;
/** Of "an object or null" only the first half is looked into here; and a date alone is a time to the API, as the console knows. */
function wrongAt(name: Name, body: unknown): string[] {
  const { errors } = validators[name].validate(body);
  const leaves = errors.filter(({ keyword, keywordLocation }) => !['$ref', 'properties', 'items', 'anyOf', 'additionalProperties', 'format'].includes(keyword) && !/anyOf\/1/.test(keywordLocation)); // prettier-ignore
  // What stands in the filter of an export is looked at by the grammar, not by the class.
  return leaves.filter(({ instanceLocation }) => !instanceLocation.startsWith('#/filter/')).map(({ instanceLocation, keyword, error }) => instanceLocation.slice(1) + (keyword === 'required' ? `/${/"(.*)"/.exec(error)?.[1]}` : '')); // prettier-ignore
}

type Place = (string | number)[];
const placesIn = (value: unknown, path: Place = []): Place[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [...(path.length > 0 ? [path] : []), ...Object.entries(value).flatMap(([name, member]) => placesIn(member, [...path, Array.isArray(value) ? Number(name) : name]))]; // prettier-ignore
const drop = Symbol('drop');

function changed(body: object, path: Place, to: unknown): object {
  const copy = structuredClone(body);
  const parent = path.slice(0, -1).reduce<Record<string, unknown>>((node, part) => node[part] as Record<string, unknown>, copy as never);
  const last = String(path.at(-1));
  if (to === drop && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (to === drop) Reflect.deleteProperty(parent, last);
  else parent[last] = to;
  return copy;
}

const anything = fc.constantFrom<unknown>(drop, null, '', ' ', 'x', 'x'.repeat(501), 'eur', 'ÄÖ', 0, -1, 1.5, 1e9, true, [], {}, { extra: 1 }, ['x'], '2026-01-01', '2026-13-01'); // prettier-ignore
const mistake = fc
  .constantFrom(...(Object.keys(classes) as Name[]))
  .chain((name) =>
    fc.record({ name: fc.constant(name), path: fc.constantFrom(...placesIn(bodies[name])), to: anything, extra: fc.boolean() }),
  );

it.each(Object.entries(bodies))('%s: a right body is right to both', async (name, body) => {
  expect([wrongAt(name as Name, body), await refusedAt(name as Name, body)]).toEqual([[], []]);
});

it('where the schema finds a fault, the API refuses the body, at that place or at one that it lies in', async () => {
  let faults = 0;
  await fc.assert(
    fc.asyncProperty(mistake, async ({ name, path, to, extra }) => {
      // Null for what may be left out is let pass, and is no part of the description.
      fc.pre(!(name === 'CreateExport' && to === null));
      const body = changed(extra ? { ...bodies[name], extra: 1 } : bodies[name], path, to);
      const [wrong, refused] = [wrongAt(name, body), await refusedAt(name, body)];
      faults += wrong.length;
      const unseen = wrong.filter((pointer) => !refused.some((at) => pointer === at || pointer.startsWith(`${at}/`) || at.startsWith(`${pointer}/`))); // prettier-ignore
      if (unseen.length > 0) throw new Error(`${name}: wrong ${unseen.join(', ')}, refused ${refused.join(', ')}: ${JSON.stringify(body)}`);
    }),
    { numRuns: 600 },
  );
  expect(faults).toBeGreaterThan(200);
});
