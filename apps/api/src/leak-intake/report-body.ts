/** A report as it is sent: read only once its signature is right. What is kept of it has nothing in it that looks like a key. */
import { createHash } from 'node:crypto';
import { AppError } from '../platform/app-error';
import { invalidFields } from '../platform/validation';

/** A key that somebody found. The key itself goes no further than its hash. */
export type ReportedKey = {
  /** SHA-256. */
  hash: Buffer;
  /** As the scanner calls the rule; said back to it as it came. */
  type: string;
  keptType: string;
  url: string | null;
  source: string | null;
  /** SHA-256 of the place as it was sent. */
  place: Buffer;
};

/** GitHub sends a message for a push; an archive of findings is sent in parts. */
export const MOST_REPORTED = 500;
const MAX_TOKEN = 1_000;
const MAX_WORD = 200;
const MAX_URL = 2_000;

export function readReport(body: Buffer): ReportedKey[] {
  const parsed = parse(body);
  if (!Array.isArray(parsed) || parsed.length === 0) throw wrong('', 'must be an array of one or more reports');
  if (parsed.length > MOST_REPORTED) {
    throw new AppError('payload_too_large', { detail: `A report holds ${MOST_REPORTED} keys at most. Send the rest in another one.` });
  }
  return (parsed as unknown[]).map(reportedKey);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    // Not as its cause: what JSON.parse says repeats the text.
    throw new AppError('malformed_json', { detail: 'The body is not valid JSON in UTF-8.' });
  }
}

/** Members that are not known are left alone: the protocol is somebody else's, and may grow. */
function reportedKey(entry: unknown, index: number): ReportedKey {
  const given = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
  const text = (name: string, maxLength: number, isOptional = false): string => {
    const value = given[name] ?? (isOptional ? '' : undefined);
    if (typeof value === 'string' && value.length <= maxLength && (isOptional || value !== '')) return value;
    throw wrong(`/${index}/${name}`, `must be text of ${isOptional ? 0 : 1} to ${maxLength} characters`);
  };
  const [token, type] = [text('token', MAX_TOKEN), text('type', MAX_WORD)];
  const [url, source] = [text('url', MAX_URL, true), text('source', MAX_WORD, true)];
  return {
    hash: sha256(token),
    type,
    keptType: kept(type, token),
    url: kept(url, token) || null,
    source: kept(source, token) || null,
    place: sha256(url),
  };
}

const looksLikeKey = /pbk_[0-9A-Za-z]{20,}/gi;
const TAKEN_OUT = '[redacted]';

/** A file may be named after the key, and a link may quote it, encoded or not. */
export function kept(text: string, token: string): string {
  // Too short to be a secret, and long texts have every short one in them.
  const isSecret = token.length >= 8;
  const clean = text.replace(/\p{C}/gu, '');
  const bare = (isSecret ? clean.replaceAll(token, TAKEN_OUT) : clean).replace(looksLikeKey, TAKEN_OUT);
  const shows = (reading: string): boolean => (isSecret && reading.includes(token)) || reading.search(looksLikeKey) >= 0;
  return readings(bare).some(shows) ? TAKEN_OUT : bare;
}

/** Percent-decoded, as often as it was encoded. */
function readings(text: string): string[] {
  const found: string[] = [];
  for (let reading = text; found.length < 4 && /%[0-9a-f]{2}/i.test(reading); found.push(reading))
    reading = reading.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
  return found;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const wrong = (pointer: string, expected: string): AppError => invalidFields([{ pointer, rule: 'format', expected }]);
