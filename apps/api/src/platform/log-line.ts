/** One line of the log as one JSON object: `time`, `level`, `context`, `message`, and what else is known (`requestId`, `code`, `stack`). */

export type LogEntry = {
  level: string;
  context: string;
  /** What was given to the logger: text and errors, mostly one of them. */
  messages: readonly unknown[];
  stack?: unknown;
  /** Become members of the line. */
  params?: Record<string, unknown> | undefined;
};

/** Nest calls it "log"; everybody else "info". */
const levels: Record<string, string> = { log: 'info', verbose: 'debug' };

/** A password in a URL, a key of ours: nobody prints one on purpose, but the text of an error may carry it. */
const secrets: readonly [RegExp, string][] = [
  // Without a user as well; up to the last @, for the password may hold one.
  [/(\b[a-z][\w+.-]*:\/\/[^\s:/@"]*:)[^\s"]*@/gi, '$1***@'],
  [/\b(password|passwd|pwd)(\s*=\s*|\\?"\s*:\s*\\?")('[^']*'|[^\s&;,'"\\]+)/gi, '$1$2***'],
  [/\bpbk_[0-9A-Za-z]{20,}/g, 'pbk_[redacted]'],
  [/\b(Bearer|Basic) [\w.~+/=-]{8,}/gi, '$1 [redacted]'],
];

export function logLine({ level, context, messages, stack, params = {} }: LogEntry, now = new Date()): string {
  const error = messages.find((one) => one instanceof Error);
  const line = {
    time: now.toISOString(),
    level: levels[level] ?? level,
    context,
    message: withoutSecrets(messages.map(textOf).join(': ')),
    ...cleaned({ ...params, stack: stack ?? error?.stack }),
  };
  return `${JSON.stringify(line)}\n`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.message;
  try {
    const text = JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member)) as
      string | undefined;
    return text ?? String(value); // of undefined and functions it makes nothing
  } catch {
    return String(value); // circular
  }
}

const ours = new Set(['time', 'level', 'context', 'message']);

/** What JSON can say, without secrets; the names of the line itself stay ours. */
function cleaned(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name, value]) => value !== undefined && !ours.has(name))
      .map(([name, value]) => [name, isPlain(value) ? value : withoutSecrets(textOf(value))]),
  );
}

const isPlain = (value: unknown): boolean => value === null || typeof value === 'number' || typeof value === 'boolean';

export const withoutSecrets = (text: string): string =>
  secrets.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text);
