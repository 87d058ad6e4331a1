/**
 * What of a request's address may be kept. Path segments are kept unless they look like a secret or are declared to be one; of the query
 * only names are kept, and the values that the matched route declares harmless: an allow-list, so a new parameter is hidden by default.
 */
import type { Mark } from './audit.types';
import { cleanPath, cleanText, type Cleaned } from './sanitize';

export const redacted = '[redacted]';
export const maxPathLength = 2_048;
const maxNames = 50;
const maxNameLength = 100;
const maxValueLength = 500;

/** 32 or more hexadecimal digits, mixed: a hash or a key. Also a trace id, which is why request ids are not held against it. */
export const longHex = /(?<![0-9A-Za-z])(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{32,}/i;

/** Shapes of tokens in the wild, each with the length of its shortest match. None of them fits a uuid (hyphens) or a TypeID (26 characters). */
const shapes: readonly [shortest: number, pattern: RegExp][] = [
  [24, /pbk_[0-9A-Za-z]{20,}/],
  [32, longHex],
  [14, /eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/], // JSON Web Token
  [19, /(?<![0-9A-Za-z])(?:sk|rk|pk|whsec)_(?:live_|test_|prod_)?[0-9A-Za-z]{16,}/],
  [16, /(?<![0-9A-Za-z])(?:gh[oprsu]_|github_pat_|glpat-|xox[abeoprs]-|npm_|sk-ant-|sk-proj-|AIza|AKIA|ASIA)[\w-]{12,}/],
  // base64url of 30 bytes and more: all three classes mixed. Looked for only where a run of such characters begins, so it stays linear.
  [40, /(?<![\w+=-])(?=[\w+=-]*[a-z])(?=[\w+=-]*[A-Z])(?=[\w+=-]*[0-9])[\w+=-]{40,}/],
];
export const defaultSecretPatterns: readonly RegExp[] = shapes.map(([, pattern]) => pattern);

/** The segments of most paths are shorter than any secret. What an application brings is tried on everything. */
const shortest = new Map(shapes.map(([length, pattern]) => [pattern, length]));

export const looksSecret = (text: string, patterns: readonly RegExp[]): boolean =>
  matchesAny(text, patterns) || (text.includes('%') && readings(text).some((reading) => matchesAny(reading, patterns)));

function matchesAny(text: string, patterns: readonly RegExp[]): boolean {
  for (const pattern of patterns) if (find(pattern, text)) return true;
  return false;
}

/** A caller's `g` or `y` flag would make `test` remember where it stopped. */
function find(pattern: RegExp, text: string): boolean {
  if (text.length < (shortest.get(pattern) ?? 0)) return false;
  pattern.lastIndex = 0;
  return pattern.test(text);
}

/** The text percent-decoded, as often as it was encoded: `pbk%255F...` is a key as well. */
function readings(text: string): string[] {
  const found: string[] = [];
  for (let reading = text; found.length < 4 && reading.includes('%'); found.push(reading)) reading = decodeLeniently(reading);
  return found;
}

/** Decodes what can be decoded; a stray `%` does not protect its neighbours. */
export function decodeLeniently(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replace(/%/g, ''), 'hex').toString('utf8'));
}

const compiled = new WeakMap<RegExp, RegExp>();

/** Made once for each pattern: this runs for every request. */
function everywhere(pattern: RegExp): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const global = new RegExp(pattern.source, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`);
  compiled.set(pattern, global);
  return global;
}

/** Free text (a user agent, a detail): each match is taken out, the rest stays. */
export function redactText(text: string, patterns: readonly RegExp[]): Cleaned {
  let kept = text;
  for (const pattern of patterns) kept = kept.replace(everywhere(pattern), redacted);
  // What reads as a secret only when decoded goes as a word: where in it the secret begins is not worth finding out.
  if (kept.includes('%')) kept = kept.replace(/[^\s]*%[^\s]*/g, (word) => (looksSecret(word, patterns) ? redacted : word));
  return { text: kept, marks: kept === text ? [] : ['redacted'] };
}

/** `secretSegments`: positions (0 is the first after the leading slash) that a route declares secret. */
export function redactPath(rawPath: string, secretSegments: ReadonlySet<number>, patterns: readonly RegExp[]): Cleaned {
  const { origin, path, changed } = withoutCredentials(rawPath);
  if (rawPath.startsWith('/') && secretSegments.size === 0 && isHarmless(rawPath, patterns)) return cleanPath(rawPath, maxPathLength);
  const segments = path.split('/');
  let hidden = changed;
  const kept = segments.map((segment, index) => {
    if (segment === '' || !(secretSegments.has(index - 1) || looksSecret(segment, patterns))) return segment;
    hidden = true;
    return redacted;
  });
  const cleaned = cleanPath(origin + kept.join('/'), maxPathLength);
  return { text: cleaned.text, marks: hidden ? ['redacted', ...cleaned.marks] : cleaned.marks };
}

/** Most paths: every segment as it is, none like a secret. */
function isHarmless(path: string, patterns: readonly RegExp[]): boolean {
  for (let from = 1; from <= path.length;) {
    const slash = path.indexOf('/', from);
    const end = slash < 0 ? path.length : slash;
    if (looksSecret(path.slice(from, end), patterns)) return false;
    from = end + 1;
  }
  return true;
}

/** `GET http://user:password@host/path HTTP/1.1`: legal on the wire, and the password must not stay. */
function withoutCredentials(rawPath: string): { origin: string; path: string; changed: boolean } {
  if (rawPath.startsWith('/')) return { origin: '', path: rawPath, changed: false };
  const absolute = /^([a-z][a-z0-9+.-]*:\/\/)([^/]*)/i.exec(rawPath);
  if (!absolute) return { origin: '', path: rawPath, changed: false };
  const [whole, scheme = '', authority = ''] = absolute;
  const at = authority.lastIndexOf('@');
  const host = at < 0 ? authority : `${redacted}@${authority.slice(at + 1)}`;
  return { origin: scheme + host, path: rawPath.slice(whole.length), changed: at >= 0 };
}

export type RedactedQuery = { query: Record<string, string | string[]> | null; marks: Mark[] };

/** At most 50 names of 100 characters; values only of `recorded` names, at most 500 characters. */
export function redactQuery(rawQuery: string | null, recorded: readonly string[], patterns: readonly RegExp[]): RedactedQuery {
  if (rawQuery === null || rawQuery === '') return { query: null, marks: [] };
  const marks = new Set<Mark>();
  const kept = new Map<string, string[]>();
  for (const [rawName, rawValue] of new URLSearchParams(rawQuery)) {
    const name = keepText(rawName, maxNameLength, patterns, marks);
    const values = kept.get(name);
    if (values === undefined && kept.size >= maxNames) marks.add('truncated');
    else {
      const value = recorded.includes(rawName) ? keepText(rawValue, maxValueLength, patterns, marks) : hide(marks);
      if (values === undefined) kept.set(name, [value]);
      else if (values.length < maxNames) values.push(value);
      else marks.add('truncated');
    }
  }
  // fromEntries defines properties, so a parameter called __proto__ is data like any other.
  const query = Object.fromEntries([...kept].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]));
  return { query, marks: [...marks] };
}

function hide(marks: Set<Mark>): string {
  marks.add('redacted');
  return redacted;
}

/** Looked at whole, before it is cut: half a key is still half a secret. */
function keepText(text: string, maxLength: number, patterns: readonly RegExp[], marks: Set<Mark>): string {
  if (looksSecret(text, patterns)) return hide(marks);
  const cleaned = cleanText(text, maxLength);
  for (const mark of cleaned.marks) marks.add(mark);
  // URLSearchParams has already put U+FFFD where the bytes were not UTF-8.
  if (text.includes('\ufffd')) marks.add('sanitized');
  return cleaned.text;
}
