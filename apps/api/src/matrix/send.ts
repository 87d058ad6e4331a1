/** Bare requests over a few open connections: thousands of them, so nothing is done that need not be. */
import { Agent, request as httpRequest } from 'node:http';

export type Request = { method: string; path: string; headers: Record<string, string>; body?: object | undefined };
export type Reply = {
  /** `404 resource_not_found`; the status alone where there is no problem document. */
  verdict: string;
  /** A problem without its request id: of nothing else may two differ. */
  text: string;
  length: string | undefined;
};

const AT_ONCE = 24;

export function sender(url: string): { send(request: Request): Promise<Reply>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const { hostname: host, port } = new URL(url);
  const send = ({ method, path, headers, body }: Request): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const content = body === undefined ? null : Buffer.from(JSON.stringify(body));
      const described = content && { 'content-type': 'application/json', 'content-length': content.length };
      const sent = httpRequest({ agent, host, port, method, path, headers: { ...headers, ...described } }, (response) => {
        // Would go on for ever: that it was begun is the answer.
        if (method !== 'HEAD' && response.headers['content-type']?.startsWith('text/event-stream') === true) {
          resolve({ verdict: verdictOf(response.statusCode ?? 0, ''), text: '', length: undefined });
          sent.destroy();
          return;
        }
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const length = response.headers['content-length'];
          const verdict = verdictOf(response.statusCode ?? 0, text);
          resolve({
            verdict,
            text: verdict >= '4' ? text.replace(/"requestId":"req_\w+"/, '"requestId":null') : sameMoment(path, text),
            length,
          });
        });
      });
      sent.on('error', reject);
      sent.end(content);
    });
  return { send, close: () => agent.destroy() };
}

/** Figures say of which period they are, and it ends now. */
const ofThisMoment = /^\/v1\/audit-logs\/(stats|errors)\b/;
const sameMoment = (path: string, text: string): string =>
  ofThisMoment.test(path) && text.includes('"data":[]') ? text.replace(/"(from|to|countedFrom)":"[^"]*"/g, '"$1":null') : text;

function verdictOf(status: number, text: string): string {
  const code = status < 400 ? undefined : /"code":"(\w+)"/.exec(text)?.[1];
  return code === undefined ? String(status) : `${status} ${code}`;
}
