/** The operations of the served description, and where their ids stand. */
import type { IdPrefix } from '../platform/ids';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Parameter = { name: string; in: string; example?: Json; schema?: { example?: Json } };
type Media = { example?: Json; examples?: Record<string, { value: Json }> };
type Described = { parameters?: Parameter[]; requestBody?: { content: Record<string, Media> } };
export type Document = { paths: Record<string, Record<string, Described>> };

export type Operation = {
  /** `POST /v1/invoices/{id}/pay`. */
  name: string;
  method: string;
  template: string;
  takesBody: boolean;
  hasCursor: boolean;
  /** Where somebody else's id could be put besides the path. */
  spots: readonly IdSpot[];
};
/** `at`: the name of a query parameter, or the way into the body. */
export type IdSpot = { in: 'query' | 'body'; at: readonly string[]; prefix: IdPrefix };

/** As ids look in the examples of the description. */
const anId = /^([a-z]+)_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const namedAsId = /(^i|I)ds?$/;

export const operationsOf = ({ paths }: Document): Operation[] =>
  Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, described]) => operation(method.toUpperCase(), template, described)),
  );

function operation(method: string, template: string, { parameters = [], requestBody }: Described): Operation {
  const query = parameters.filter((one) => one.in === 'query');
  const media = requestBody?.content['application/json'];
  const examples = media === undefined ? [] : [media.example, ...Object.values(media.examples ?? {}).map(({ value }) => value)];
  const name = `${method} ${template}`;
  const unknown = /\{(?!(id|token|ip|step|callerId|followUpId|deliveryId)\})\w+\}/.exec(template);
  if (unknown)
    throw new Error(
      `The matrix knows {id}, {token}, {ip} and what stands below an incident and a channel in paths: tell matrix/cells.ts what ${unknown[0]} of ${name} is.`,
    );
  return {
    name,
    method,
    template,
    takesBody: requestBody !== undefined,
    hasCursor: query.some((one) => one.name === 'cursor'),
    spots: [
      ...query.flatMap((one) => spotsIn(one.example ?? one.schema?.example, 'query', [one.name], name)),
      ...examples.flatMap((example) => spotsIn(example, 'body', [], name)),
    ],
  };
}

function spotsIn(value: Json | undefined, where: IdSpot['in'], at: readonly string[], name: string): IdSpot[] {
  if (typeof value === 'string') {
    const prefix = anId.exec(value)?.[1];
    if (prefix !== undefined) return [{ in: where, at, prefix: prefix as IdPrefix }]; // checked by whoever makes an id of it
    if (namedAsId.test(at.filter((step) => !/^\d+$/.test(step)).at(-1) ?? ''))
      throw new Error(`${name}: give "${at.join('/')}" an example that is an id, so that the matrix knows to try somebody else's there.`);
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([step, member]) => spotsIn(member, where, [...at, step], name));
}
