/**
 * A body, as text, against the schema of its operation: where it is wrong, by line, column and JSON pointer, and by which rule. Nothing leaves this function but
 * its result. The validator interprets the schema and compiles no code, so the content security policy needs no exception; what it
 * finds, the API refuses (apps/api/src/request-schemas.spec.ts holds the two together), but the API knows more: whether ids exist, for example.
 */
import { Validator, type OutputUnit } from '@cfworker/json-schema';
import { parseInstant } from '@pinebill/contract';
import { findNodeAtLocation, getLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { BodyOperation, JsonSchema } from './payload-schema';
import { requestSchemas } from './request-schemas.gen';

export type Finding = {
  /** From 1. */
  line: number;
  column: number;
  /** Where it stands in the text. */
  offset: number;
  length: number;
  /** RFC 6901; '' is the whole body. */
  pointer: string;
  rule: string;
  expected: string;
};

type Path = (string | number)[];

export const bodyOperations: readonly BodyOperation[] = requestSchemas.operations;
const usual = 'Invoices.create';
const named = (id: string | null): BodyOperation | undefined => bodyOperations.find((one) => one.id === id);

/** The one of this id; of another id, or none, the one that programs call most. */
export function operationOf(id: string | null): BodyOperation {
  const found = named(id) ?? named(usual);
  if (!found) throw new TypeError(`there is no operation ${usual}`);
  return found;
}

/** What the API takes at most; more would only be refused. */
const MOST_CHARACTERS = 1_048_576;

/** In the order of the text; empty: it fits. */
export function checkPayload(text: string, operation: BodyOperation): Finding[] {
  if (text.length > MOST_CHARACTERS) return [{ ...at(text, 0, 0), pointer: '', rule: 'size', expected: 'at most 1 MiB' }];
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  if (errors.length > 0 || !tree) return syntaxFindings(text, errors);
  const whole = jsonOf(text);
  if (!whole) return [{ ...at(text, 0, 0), pointer: '', rule: 'json', expected: 'valid JSON' }];
  const schema = { $ref: `#/$defs/${operation.schema}`, $defs: requestSchemas.$defs };
  const { errors: units } = new Validator(schema, '2020-12', false).validate(whole.value);
  const findings = units.filter(isLeaf).flatMap((unit) => findingOf(unit, { text, tree, operation }) ?? []);
  const distinct = new Map([...duplicates(text, tree), ...findings].map((one) => [`${one.pointer} ${one.rule}`, one]));
  return [...distinct.values()].sort((a, b) => a.offset - b.offset);
}

/** What the API itself would make of it: the parser above is milder about a few characters. */
function jsonOf(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}

const pointerOf = (path: Path): string => path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function at(text: string, offset: number, length: number): Pick<Finding, 'line' | 'column' | 'offset' | 'length'> {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, offset, length };
}

const syntaxWords: Record<string, string> = {
  InvalidSymbol: 'a value: text in double quotes, a number, true, false, null, an object or a list',
  InvalidNumberFormat: 'a number such as 12.5, without leading zeros',
  PropertyNameExpected: 'the name of a field in double quotes, and no comma after the last field',
  ValueExpected: 'a value, and no comma after the last one',
  ColonExpected: 'a colon after the name of the field',
  CommaExpected: 'a comma between two fields or values',
  CloseBraceExpected: 'a closing }',
  CloseBracketExpected: 'a closing ]',
  EndOfFileExpected: 'nothing more: the body has ended before',
  InvalidCommentToken: 'no comments: JSON has none',
  UnexpectedEndOfComment: 'no comments: JSON has none',
  UnexpectedEndOfString: 'a closing double quote on the same line',
  UnexpectedEndOfNumber: 'a digit',
  InvalidUnicode: 'four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u after a backslash',
  InvalidCharacter: 'no control characters within text: write \\n for a new line',
};

/** The first one: what comes behind it is seldom wrong by itself. */
function syntaxFindings(text: string, errors: readonly ParseError[]): Finding[] {
  const [first] = errors;
  if (!first || text.trim() === '') return [{ ...at(text, 0, 0), pointer: '', rule: 'json', expected: 'a JSON object' }];
  const word = printParseErrorCode(first.error);
  const { path } = getLocation(text, first.offset);
  const length = Math.max(first.length, 1);
  return [
    {
      ...at(text, first.offset, length),
      pointer: pointerOf(path.filter((part) => part !== '')),
      rule: 'json',
      expected: syntaxWords[word] ?? word,
    },
  ];
}

/** These only say that something within them is wrong. */
const wrappers = new Set(['$ref', 'properties', 'items', 'anyOf', 'additionalProperties']);
const isLeaf = ({ keyword }: OutputUnit): boolean => !wrappers.has(keyword);

type Checked = { text: string; tree: Node; operation: BodyOperation };

function findingOf(unit: OutputUnit, { text, tree, operation }: Checked): Finding | null {
  const path = pathOf(unit.instanceLocation, tree);
  const schema = schemaAt(unit.keywordLocation, operation);
  if (isOfNull(unit, path, tree) || (unit.keyword === 'format' && isTaken(schema.format, path, tree))) return null;
  const node = findNodeAtLocation(tree, path) ?? tree;
  const found = { rule: ruleOf(unit.keyword), expected: expectedBy(unit.keyword, schema) };
  // What is missing should stand where its object begins.
  if (unit.keyword === 'required') return { ...at(text, node.offset, 1), pointer: pointerOf([...path, missingIn(unit)]), ...found };
  // A field too many is shown by its name, anything else by its value.
  const shown = unit.keyword === 'false' ? nameOf(node) : node;
  return { ...at(text, shown.offset, shown.length), pointer: pointerOf(path), ...found };
}

const missingIn = ({ error }: OutputUnit): string => /"(.*)"\.$/s.exec(error)?.[1] ?? '';
const nameOf = (value: Node): Node => value.parent?.children?.[0] ?? value;
const ruleOf = (keyword: string): string => (keyword === 'false' ? 'unknownField' : keyword);

/** `#/lines/0/quantity`, each part escaped as a pointer and as a URI. */
function pathOf(location: string, tree: Node): Path {
  const path: Path = [];
  for (const part of location.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(findNodeAtLocation(tree, path)?.type === 'array' ? Number(name) : name);
  }
  return path;
}

/** "Or null" says that it is not null, of every value that its other half has something to say about. */
const isOfNull = ({ keyword, keywordLocation }: OutputUnit, path: Path, tree: Node): boolean =>
  keyword === 'type' && /\/anyOf\/\d+\/type$/.test(keywordLocation) && findNodeAtLocation(tree, path)?.type === 'object';

/** The API takes a date alone as well, and is the one to ask. */
function isTaken(format: string | undefined, path: Path, tree: Node): boolean {
  if (format !== 'date-time') return true;
  try {
    parseInstant(String(findNodeAtLocation(tree, path)?.value));
    return true;
  } catch {
    return false;
  }
}

/** The schema that the keyword stands in, along its location from the operation's own. */
function schemaAt(keywordLocation: string, operation: BodyOperation): JsonSchema {
  const root: unknown = { $ref: `#/$defs/${operation.schema}` };
  const parts = keywordLocation.split('/').slice(1, -1);
  return parts.reduce<unknown>((node, part) => memberOf(node, part), root) as JsonSchema;
}

function memberOf(node: unknown, part: string): unknown {
  const member = (node as Record<string, unknown> | undefined)?.[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')];
  return part === '$ref' && typeof member === 'string' ? requestSchemas.$defs[member.split('/').at(-1) ?? ''] : (member ?? {});
}

const typeWords: Record<string, string> = {
  object: 'an object',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
};
const typesOf = ({ type, properties }: JsonSchema): string =>
  [type ?? (properties ? 'object' : 'value')]
    .flat()
    .map((one) => typeWords[one] ?? one)
    .join(' or ');

const words: Record<string, (schema: JsonSchema) => string> = {
  false: () => 'no such field here',
  required: () => 'it is missing',
  type: typesOf,
  enum: ({ enum: values = [] }) => `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
  minimum: ({ minimum }) => `at least ${minimum}`,
  maximum: ({ maximum }) => `at most ${maximum}`,
  minLength: ({ minLength }) => (minLength === 1 ? 'some text: it is empty' : `at least ${minLength} characters`),
  maxLength: ({ maxLength }) => `at most ${maxLength} characters`,
  minItems: ({ minItems }) => `at least ${minItems} ${minItems === 1 ? 'item' : 'items'}`,
  maxItems: ({ maxItems }) => `at most ${maxItems} items`,
  uniqueItems: () => 'no item twice',
  format: () => 'a time such as 2025-12-02T10:30:15Z',
  pattern: ({ description, pattern }) => description ?? `text that fits ${pattern}`,
};
const expectedBy = (keyword: string, schema: JsonSchema): string => words[keyword]?.(schema) ?? keyword;

/** A name that comes twice: the last one counts, which is seldom what was meant. */
function duplicates(text: string, node: Node, path: Path = []): Finding[] {
  const children = node.children ?? [];
  if (node.type === 'array') return children.flatMap((child, index) => duplicates(text, child, [...path, index]));
  if (node.type !== 'object') return [];
  const seen = new Set<string>();
  return children.flatMap((property) => {
    const [name, value] = property.children ?? [];
    if (!name || !value) return [];
    const own = [...path, String(name.value)];
    const twice: Finding[] = seen.has(String(name.value))
      ? [
          {
            ...at(text, name.offset, name.length),
            pointer: pointerOf(own),
            rule: 'duplicate',
            expected: 'each field once: of two the last one counts',
          },
        ]
      : [];
    seen.add(String(name.value));
    return [...twice, ...duplicates(text, value, own)];
  });
}
