/** The shape of the schemas that `npm run generate` takes from openapi.json for the console. */
export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: (string | number | boolean | null)[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  uniqueItems?: boolean;
};

/** An operation that takes a JSON body. */
export type BodyOperation = {
  id: string;
  method: string;
  route: string;
  summary: string;
  /** The chapter of the API reference. */
  group: string;
  /** Its place there. */
  reference: string;
  /** A name of `$defs`. */
  schema: string;
  example: unknown;
};
export type RequestSchemas = { operations: BodyOperation[]; $defs: Record<string, JsonSchema> };
