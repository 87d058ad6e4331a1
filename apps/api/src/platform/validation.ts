/** Validation of bodies and queries by their class: every wrong field becomes an issue with a pointer, a rule and what it takes; never the value. */
import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { FieldIssue } from '@pinebill/contract';
import type { ValidationError } from 'class-validator';
import { AppError } from './app-error';

const MAX_ISSUES = 20;
const MAX_POINTER = 200;
const UNKNOWN_FIELD = 'whitelistValidation';

/** JSON pointer, RFC 6901. */
const escaped = (property: string): string => property.replaceAll('~', '~0').replaceAll('/', '~1');

function* flatten(errors: readonly ValidationError[], parent: string): Generator<FieldIssue> {
  for (const error of errors) {
    const pointer = `${parent}/${escaped(error.property)}`;
    for (const [rule, message] of Object.entries(error.constraints ?? {})) yield issue(pointer, error.property, rule, message);
    yield* flatten(error.children ?? [], pointer);
  }
}

function issue(pointer: string, property: string, rule: string, message: string): FieldIssue {
  // class-validator writes "quantity must be an integer number": the pointer has the name already.
  const expected =
    rule === UNKNOWN_FIELD ? 'no such field here' : message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  return { pointer: pointer.slice(0, MAX_POINTER), rule: rule === UNKNOWN_FIELD ? 'unknownField' : rule, expected };
}

export const fieldIssues = (errors: readonly ValidationError[]): FieldIssue[] => [...flatten(errors, '')].slice(0, MAX_ISSUES);

function describe(issues: readonly FieldIssue[]): string {
  const named = issues.slice(0, 3).map(({ pointer, expected }) => `${pointer} ${expected}`);
  return `${named.join('; ')}${issues.length > named.length ? `; and ${issues.length - named.length} more` : ''}. Correct the request and send it again.`;
}

export const invalidFields = (issues: FieldIssue[]): AppError => new AppError('invalid_field', { detail: describe(issues), issues });

function ofQuery(issues: readonly FieldIssue[]): AppError {
  const named = issues.map((one) => ({ ...one, pointer: `?${one.pointer.slice(1)}` }));
  const unknown = named.filter((one) => one.rule === 'unknownField');
  if (unknown.length === 0) return invalidFields(named);
  const detail = `This operation does not know ${unknown.map((one) => one.pointer).join(', ')}. Leave it out.`;
  return new AppError('unknown_parameter', { detail, issues: unknown });
}

/** `{ "constructor": 1 }`: class-transformer passes over names that every object has, so the whitelist never sees them. */
function refuseInherited(value: unknown, parent = ''): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const pointer = `${parent}/${escaped(name)}`;
    if (name in Object.prototype) throw invalidFields([issue(pointer, name, UNKNOWN_FIELD, '')]);
    refuseInherited(member, pointer);
  }
}

export class RequestValidation extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      // A value is never echoed, and a class without rules is a mistake of ours.
      validationError: { target: false, value: false },
      forbidUnknownValues: true,
      exceptionFactory: (errors) => invalidFields(fieldIssues(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body') refuseInherited(value);
    try {
      return (await super.transform(value, metadata)) as unknown;
    } catch (error) {
      if (metadata.type === 'query' && error instanceof AppError && error.options.issues) throw ofQuery(error.options.issues);
      throw error;
    }
  }
}
