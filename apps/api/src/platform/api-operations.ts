/** What the API can do, as its own description says: where each operation stands in the reference, what it needs, and which one a wrong path was meant for. */
import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { AccessRule } from './actor';
import { nearestRoute } from './nearest-route';
import { ACCESS_EXTENSION } from './openapi-document';

export type ApiOperation = {
  id: string;
  method: string;
  /** As in records: `/v1/invoices/{id}`. */
  route: string;
  summary: string;
  /** What lets a key in; null: no key gets in, or everybody does. */
  scope: string | null;
  /** Whether it takes a JSON body. */
  takesBody: boolean;
  /** Its place in the API reference, as a path of this server. */
  reference: string;
};

type Described = { operationId?: string; summary?: string; tags?: string[]; requestBody?: unknown; [ACCESS_EXTENSION]?: AccessRule };

@Injectable()
export class ApiOperations {
  private known: readonly ApiOperation[] | null = null;
  private describe: () => Pick<OpenAPIObject, 'paths'> = () => ({ paths: {} });

  /** `describe` is asked once, when an operation is first looked for. */
  learn(describe: () => Pick<OpenAPIObject, 'paths'>): void {
    this.describe = describe;
    this.known = null;
  }

  private get operations(): readonly ApiOperation[] {
    this.known ??= Object.entries(this.describe().paths).flatMap(([route, methods]) =>
      Object.entries(methods as Record<string, Described>).map(([method, described]) => operationOf(route, method, described)),
    );
    return this.known;
  }

  find(method: string | null, route: string | null): ApiOperation | null {
    return this.operations.find((one) => one.route === route && one.method === method) ?? null;
  }

  /** Null: nothing is near. */
  nearest(method: string | null, path: string): ApiOperation | null {
    return nearestRoute({ method, path }, this.operations);
  }
}

function operationOf(route: string, method: string, described: Described): ApiOperation {
  const { operationId: id = '', summary = '', tags = [], requestBody } = described;
  const rule = described[ACCESS_EXTENSION];
  return {
    id,
    method: method.toUpperCase(),
    route,
    summary,
    scope: rule?.kind === 'declared' ? rule.scope : null,
    takesBody: requestBody !== undefined,
    // As the page itself writes the address of an operation that is opened.
    reference: `/docs#/${encodeURIComponent(tags[0] ?? 'default')}/${encodeURIComponent(id)}`,
  };
}
