/** Calls our own server as somebody would from outside: real HTTP, the address in X-Forwarded-For (the demo trusts the loopback proxy). */
import { Agent, request } from 'node:http';
import type { Caller } from './cast';

export type LiveCall = {
  method: string;
  path: string;
  caller: Caller;
  /** Null: no Authorization header. */
  secret: string | null;
  /** Serialised, unless it is text. */
  body?: unknown;
};
export type LiveAnswer = { status: number; body: unknown };
/** Null when no answer came. */
export type Send = (call: LiveCall) => Promise<LiveAnswer | null>;

const TIMEOUT_MS = 10_000;

export function liveSender(url: string): { send: Send; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const send: Send = (call) =>
    new Promise((resolve) => {
      const body = call.body === undefined ? null : typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
      const sent = request(
        new URL(call.path, url),
        { agent, method: call.method, headers: headersOf(call, body), timeout: TIMEOUT_MS },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', () => resolve(null));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(parts).toString()) }));
        },
      );
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(null));
      sent.end(body ?? undefined);
    });
  return { send, close: () => agent.destroy() };
}

function headersOf({ caller, secret }: LiveCall, body: string | null): Record<string, string> {
  return {
    'user-agent': caller.agent,
    'x-forwarded-for': caller.ip,
    accept: 'application/json',
    ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
    ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
