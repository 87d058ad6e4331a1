/** One declared path, compiled: literal segments, parameters, a rest. Pure; what the matcher of `audit.routes.ts` is made of. */

export type CompiledTemplate = {
  /** With braces: `/v1/invoices/{id}`. */
  text: string;
  segments: readonly Segment[];
  /** Positions of parameters called `token` or `secret`. */
  secrets: number[];
  /** Sorts the more specific template first. */
  rank: string;
};
/** `literal`: compared after decoding. `pattern`: a parameter with text around it. `rest`: one or more segments; optional ones may be none. */
type Segment = { kind: 'literal'; text: string } | { kind: 'parameter'; pattern: RegExp | null } | { kind: 'rest'; optional: boolean };

const names = /:([A-Za-z_]\w*)(?:\([^)]*\))?/g;

/** Takes what Nest takes: `:id`, `:id.pdf`, `*`, `*path`, `{*path}`, and the older `(.*)`. */
export function compileTemplate(path: string): CompiledTemplate {
  const raw = path === '/' ? [''] : path.slice(1).split('/');
  const segments = raw.map(compileSegment);
  return {
    text: `/${raw.map(withBraces).join('/')}`,
    segments,
    secrets: raw.flatMap((segment, at) => (/:(?:token|secret)\b/i.test(segment) ? [at] : [])),
    rank: segments.map(({ kind }) => (kind === 'literal' ? 'a' : kind === 'parameter' ? 'b' : 'c')).join(''),
  };
}

const isRest = (segment: string): boolean => /^\{?\/?\*\w*\}?$|^\(\.\*\)$/.test(segment);

function compileSegment(segment: string): Segment {
  if (isRest(segment)) return { kind: 'rest', optional: segment.startsWith('{') };
  if (!segment.includes(':')) return { kind: 'literal', text: segment };
  const whole = segment.replace(names, '') === '';
  return {
    kind: 'parameter',
    pattern: whole
      ? null
      : new RegExp(
          `^${segment
            .split(names)
            .map((part, at) => (at % 2 ? '.*?' : escape(part)))
            .join('')}$`,
          's',
        ),
  };
}

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const withBraces = (segment: string): string =>
  isRest(segment) ? `{${/\w+/.exec(segment)?.[0] ?? 'path'}}` : segment.replace(names, '{$1}');

/** Decoded segments of a path as sent; null when one cannot be decoded. The absolute form (`GET http://host/path`) leads to its path. */
export function splitPath(rawPath: string): string[] | null {
  const path = rawPath.startsWith('/') ? rawPath : rawPath.replace(/^https?:\/\/.*?\//, '/');
  if (!path.startsWith('/')) return null;
  if (!path.includes('%')) return path.slice(1).split('/');
  try {
    return path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return null;
  }
}

export function matchSegments({ segments }: Pick<CompiledTemplate, 'segments'>, path: readonly string[]): boolean {
  for (const [at, segment] of segments.entries()) {
    if (segment.kind === 'rest') return path.length > at || segment.optional;
    const sent = path[at];
    if (sent === undefined) return false;
    // Nothing is no value: `/v1/invoices/` has no id.
    if (segment.kind === 'literal' ? sent !== segment.text : sent === '' || (segment.pattern !== null && !segment.pattern.test(sent)))
      return false;
  }
  return path.length === segments.length;
}
