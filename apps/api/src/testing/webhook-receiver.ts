/** A receiver of webhooks on this machine, which answers 204, or does what a spec wants to see survived. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = { path: string; headers: IncomingHttpHeaders; body: string; json: { type: string; data: { id: string } } };
export type WebhookReceiver = {
  url: string;
  /** What the product has to allow for it. */
  outbound: { networks: string[]; ports: number[] };
  received: Received[];
  /** Answers, or holds the answer back and lets the spec have it. */
  respond: (received: Received, response: ServerResponse) => void;
  close(): Promise<void>;
};

export const ok: WebhookReceiver['respond'] = (_, response) => void response.writeHead(204).end();

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body, json: JSON.parse(body) as Received['json'] };
      receiver.received.push(one);
      receiver.respond(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: WebhookReceiver = {
    ...{ url: `http://127.0.0.1:${port}`, outbound: { networks: ['127.0.0.1/32'], ports: [443, port] }, received: [], respond: ok },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return receiver;
}
