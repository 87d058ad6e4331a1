/**
 * The query parameters of an operation, declared once: they are described in OpenAPI, and their values may stand in the audit record (every
 * other value is `[redacted]`). The service still refuses names it does not know: see query.ts.
 */
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';

/** Metadata key; the value is `readonly string[]`. Read by describeRoute in app.module. */
export const RECORDED_QUERY = 'pinebill:recorded-query';

export type QueryParameter = {
  name: string;
  description: string;
  example: string | number;
  /** The values it takes, when they are few. */
  enum?: readonly string[];
};

const common = {
  limit: { description: 'How many entries a page has at most: 1 to 200, 50 when left out.', example: 50 },
  cursor: { description: 'The `nextCursor` of the page before. Keep order and filters as they were.', example: 'AUJ4...' },
  order: { description: 'Newest first (`desc`) or oldest first (`asc`).', example: 'desc', enum: ['desc', 'asc'] },
  from: { description: 'Only what happened at this time or later.', example: '2025-12-01T00:00:00Z' },
  to: { description: 'Only what happened before this time.', example: '2025-12-02T00:00:00Z' },
} as const satisfies Record<string, Omit<QueryParameter, 'name'>>;

const parameter = (name: keyof typeof common | QueryParameter): QueryParameter =>
  typeof name === 'string' ? { name, ...common[name] } : name;

const schemaOf = ({ name, example, enum: choices }: QueryParameter) =>
  name === 'limit'
    ? { type: 'integer', minimum: 1, maximum: 200, default: 50, example }
    : { type: 'string', example, ...(choices ? { enum: [...choices] } : {}) };

/** `@RecordedQuery('limit', 'cursor', { name: 'state', description: '...', example: 'draft' })` */
export function RecordedQuery(...names: readonly (keyof typeof common | QueryParameter)[]): MethodDecorator {
  const parameters = names.map(parameter);
  return applyDecorators(
    SetMetadata(
      RECORDED_QUERY,
      parameters.map(({ name }) => name),
    ),
    ...parameters.map((one) => ApiQuery({ name: one.name, description: one.description, required: false, schema: schemaOf(one) })),
  );
}
