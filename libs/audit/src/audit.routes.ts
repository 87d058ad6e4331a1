/**
 * The routes that the application declares, found in Nest's own metadata and compiled to a matcher, because the edge must know the route
 * before any framework has seen the request. Same verdict as Nest over Fastify with default options: case matters, a trailing slash matters, a
 * parameter is not empty, segments are percent-decoded one by one, a segment that cannot be decoded matches nothing, HEAD takes the routes of GET.
 */
import { Inject, Injectable, RequestMethod } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { AUDIT_SETTINGS, type AuditSettings } from './audit.options';
import type { KnownRoute } from './audit.types';
import type { MatchedRoute } from './draft';
import { RouteTable } from './route-table';
import { compileTemplate, matchSegments, splitPath, type CompiledTemplate } from './route-template';

// Nest's metadata keys: the same strings in every version, exported from another place in each.
const PATH = 'path';
const METHOD = 'method';
const MODULE_PATH = '__module_path__';

type Handler = (...args: never[]) => unknown;
type Compiled = MatchedRoute & { handler: Handler; template: CompiledTemplate };

const noSegments: ReadonlySet<number> = new Set();

@Injectable()
export class AuditRoutes {
  private compiled: RouteTable<Compiled> | null = null;
  private byHandler: Map<object, Compiled[]> | null = null;

  constructor(
    @Inject(AUDIT_SETTINGS) private readonly settings: AuditSettings,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly modules: ModulesContainer,
    private readonly application: ApplicationConfig,
  ) {}

  /** Every declared route, once for each method and path. */
  all(): KnownRoute[] {
    return this.table().entries.map(({ route }) => route);
  }

  /** The most specific route that takes this method at this path (as sent, without the query), or null. */
  find(method: string, rawPath: string): KnownRoute | null {
    return this.at(rawPath).find(method);
  }

  /** What the path takes, for `Allow`; empty when no route has the path. */
  allowedMethods(rawPath: string): string[] {
    return this.at(rawPath).allowedMethods();
  }

  /** Everything about one path, looked up once. */
  at(rawPath: string): PathRoutes {
    const segments = splitPath(rawPath);
    if (!segments) return new PathRoutes([], noSegments);
    const table = this.table();
    const matching = table.matching(segments);
    const secret = (matching.length > 0 ? matching : table.entries).flatMap(({ template }) => secretPositions(template, segments));
    return new PathRoutes(matching, secret.length === 0 ? noSegments : new Set(secret));
  }

  /** The route of the handler that Nest is about to call, which knows better than the path. */
  ofHandler(handler: object, rawPath: string): MatchedRoute | null {
    const declared = (this.byHandler ??= grouped(this.table().entries)).get(handler);
    if (!declared || declared.length < 2) return declared?.[0] ?? null;
    const segments = splitPath(rawPath);
    return (segments && declared.find(({ template }) => matchSegments(template, segments))) ?? declared[0] ?? null;
  }

  private table(): RouteTable<Compiled> {
    return (this.compiled ??= new RouteTable(this.compile()));
  }

  private compile(): Compiled[] {
    return this.discovery.getControllers().flatMap((wrapper) => {
      const controller = wrapper.instance as object | undefined;
      if (!controller || !wrapper.metatype) return [];
      const prefixes = this.prefixes(wrapper.metatype, wrapper.host?.metatype);
      const prototype = Object.getPrototypeOf(controller) as Record<string, Handler>;
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => this.declared(controller, prototype[name], prefixes));
    });
  }

  private prefixes(controller: object, module: object | undefined): string[] {
    const modulePath =
      module &&
      ((Reflect.getMetadata(MODULE_PATH + this.modules.applicationId, module) ?? Reflect.getMetadata(MODULE_PATH, module)) as
        string | undefined);
    return paths(Reflect.getMetadata(PATH, controller)).map((path) => join(modulePath, path));
  }

  private declared(controller: object, handler: Handler | undefined, prefixes: readonly string[]): Compiled[] {
    const path: unknown = handler && Reflect.getMetadata(PATH, handler);
    if (!handler || path === undefined) return [];
    const method = RequestMethod[(Reflect.getMetadata(METHOD, handler) as RequestMethod | undefined) ?? RequestMethod.GET];
    return prefixes.flatMap((prefix) =>
      paths(path).map((own) => {
        const template = compileTemplate(this.withGlobalPrefix(join(prefix, own)));
        const { recordedQuery, metadata } = this.settings.describeRoute({ method, template: template.text, controller, handler });
        const secretSegments = template.secrets.length === 0 ? noSegments : new Set(template.secrets);
        return { handler, template, secretSegments, route: { template: template.text, method, recordedQuery, metadata } };
      }),
    );
  }

  private withGlobalPrefix(path: string): string {
    const { exclude } = this.application.getGlobalPrefixOptions();
    const excluded = exclude?.some(({ pathRegex }) => pathRegex.test(path)) ?? false;
    return excluded ? path : join(this.application.getGlobalPrefix(), path);
  }
}

/** The routes that have a path, whatever their method. */
export class PathRoutes {
  private readonly routes: readonly KnownRoute[];

  constructor(
    routes: readonly Pick<Compiled, 'route' | 'template'>[],
    /**
     * Positions of segments that a route declares secret by calling its parameter `token` or `secret`. Also for another method and for a path
     * that only begins like the route: a link with a typing error still carries the token.
     */
    readonly secretSegments: ReadonlySet<number>,
  ) {
    const ranked = routes.length < 2 ? routes : [...routes].sort((a, b) => byRank(a.template, b.template));
    this.routes = ranked.map(({ route }) => route);
  }

  find(method: string): KnownRoute | null {
    return (
      this.routes.find((route) => route.method === 'ALL' || route.method === method || (method === 'HEAD' && route.method === 'GET')) ??
      null
    );
  }

  allowedMethods(): string[] {
    const methods = new Set(this.routes.map(({ method }) => method));
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].sort();
  }
}

function grouped(routes: readonly Compiled[]): Map<object, Compiled[]> {
  const groups = new Map<object, Compiled[]>();
  for (const compiled of routes) groups.set(compiled.handler, [...(groups.get(compiled.handler) ?? []), compiled]);
  return groups;
}

const byRank = (a: CompiledTemplate, b: CompiledTemplate): number => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0);

/** Where a template, or as much of it as comes before its secret, puts a secret into these segments. */
const secretPositions = (template: CompiledTemplate, segments: readonly string[]): number[] =>
  template.secrets.filter(
    (at) => at < segments.length && matchSegments({ segments: template.segments.slice(0, at) }, segments.slice(0, at)),
  );

const paths = (declared: unknown): string[] =>
  Array.isArray(declared) ? (declared as string[]) : [typeof declared === 'string' ? declared : '/'];

const join = (...parts: (string | undefined)[]): string =>
  `/${parts
    .flatMap((part) => part?.split('/') ?? [])
    .filter((segment) => segment !== '')
    .join('/')}`;
