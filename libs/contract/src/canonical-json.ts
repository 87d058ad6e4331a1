/**
 * One text for one value, so that whoever has the value can make the hash again: RFC 8785 (JSON Canonicalization Scheme). Members in the order
 * of their names by UTF-16 code units, no blanks, numbers and strings as ECMAScript writes them.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Array.isArray does not narrow a readonly list. */
const isList = (value: object): value is readonly Json[] => Array.isArray(value);
