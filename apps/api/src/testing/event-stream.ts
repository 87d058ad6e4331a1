/** A client of server-sent events for specs: keeps what it was told, and where it had come to, as a browser does. */
import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export type SentEvent = { event: string; id: string; data: string };
export type EventStream = {
  status: number;
  events: SentEvent[];
  comments: string[];
  /** Of the last event, also of one without data. */
  lastId(): string;
  isOver(): boolean;
  response: IncomingMessage;
  close(): void;
};

export async function openStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const { request, response } = await new Promise<{ request: ClientRequest; response: IncomingMessage }>((resolve, reject) => {
    const sent = get(url, { headers, agent: false }, (answer) => resolve({ request: sent, response: answer }));
    sent.on('error', reject);
  });
  const [events, comments]: [SentEvent[], string[]] = [[], []];
  let [text, id, over] = ['', '', false];
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      comments.push(...lines.filter((line) => line.startsWith(':')));
      id = field('id') ?? id;
      const data = field('data');
      if (data !== undefined) events.push({ event: field('event') ?? 'message', id, data });
    }
  });
  response.on('close', () => (over = true));
  response.on('error', () => undefined);
  return {
    status: response.statusCode ?? 0,
    events,
    comments,
    lastId: () => id,
    isOver: () => over,
    response,
    close: () => {
      request.destroy();
    },
  };
}

/** Looks again every few milliseconds; fails when it takes longer than it may. */
export async function until(condition: () => boolean, ms = 5_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${condition.toString()}`);
    await delay(5);
  }
}
