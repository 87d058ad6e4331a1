/**
 * Whatever a caller sends becomes text that PostgreSQL stores as text and as jsonb: no NUL, no other control character, no lone surrogate,
 * no invalid UTF-8, no unbounded length. What had to be changed is marked, so that nobody takes the stored text for the sent one.
 */
import type { Mark } from './audit.types';

/** Text and what was done to it. */
export type Cleaned = { text: string; marks: Mark[] };

// C0 and C1 controls and DEL, and the two line separators that break logs: none of them is wanted in a log that people read.
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// A high surrogate without a low one, or the other way round.
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const replacement = '\ufffd';

/**
 * Node gives bytes of a header or a request line as one character each (latin1). Reads them as the UTF-8 that they nearly always are;
 * what is not valid becomes U+FFFD.
 */
export function fromWire(text: string): { text: string; valid: boolean } {
  // eslint-disable-next-line no-control-regex -- everything beyond ASCII
  if (!/[^\u0000-\u007f]/.test(text)) return { text, valid: true };
  const decoded = Buffer.from(text, 'latin1').toString('utf8');
  return { text: decoded, valid: !decoded.includes(replacement) };
}

/** `maxLength` in UTF-16 units; a pair of surrogates is not cut in two. */
export function cleanText(text: string, maxLength = Number.POSITIVE_INFINITY): Cleaned {
  const marks = new Set<Mark>();
  let clean = text;
  if (clean.length > maxLength) {
    clean = clean.slice(0, maxLength);
    if (/[\ud800-\udbff]$/.test(clean)) clean = clean.slice(0, -1);
    marks.add('truncated');
  }
  const wellFormed = clean.replace(loneSurrogate, replacement).replace(control, replacement);
  if (wellFormed !== clean) marks.add('sanitized');
  return { text: wellFormed, marks: [...marks] };
}

/** A header's value: bytes to text, then clean. */
export function cleanHeader(value: string, maxLength?: number): Cleaned {
  const { text, valid } = fromWire(value);
  const cleaned = cleanText(text, maxLength);
  return { text: cleaned.text, marks: valid ? cleaned.marks : [...new Set<Mark>(['sanitized', ...cleaned.marks])] };
}

/**
 * A path keeps its meaning: bytes beyond ASCII and control characters are written as `%XX`, as the caller should have written them.
 * `%00` and `%zz` are plain ASCII text and stay.
 */
export function cleanPath(rawPath: string, maxLength: number): Cleaned {
  if (rawPath.length <= maxLength && /^[!-~]*$/.test(rawPath)) return { text: rawPath, marks: [] };
  const marks = new Set<Mark>();
  let clean = rawPath.replace(/[^\u0021-\u007e]/g, (character) => encodeByte(character));
  if (clean !== rawPath) marks.add('sanitized');
  if (clean.length > maxLength) {
    clean = clean.slice(0, maxLength);
    marks.add('truncated');
  }
  return { text: clean, marks: [...marks] };
}

/** One character of Node's request line is one byte; a character beyond that (a test, another server) is written as UTF-8. */
function encodeByte(character: string): string {
  const code = character.charCodeAt(0);
  const bytes = code <= 0xff ? [code] : [...Buffer.from(character, 'utf8')];
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** The caller's own request id: kept beside ours, never used to find anything. */
export function readClientRequestId(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value;
  return text !== undefined && /^[\w-]{8,64}$/.test(text) ? text : null;
}

/** The trace id of a W3C `traceparent`; all zeroes and version ff are invalid by that specification. */
export function readTraceId(value: string | string[] | undefined): string | null {
  if (typeof value !== 'string') return null;
  const parts = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/.exec(value);
  if (!parts?.[1] || /^0+$/.test(parts[1]) || /^0+$/.test(parts[2] ?? '')) return null;
  return parts[1];
}
