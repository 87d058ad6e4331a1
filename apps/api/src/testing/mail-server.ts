/** A real SMTP server in this process, which takes what it is sent, or does what a spec wants to see survived. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

export type Received = {
  to: string[];
  /** The whole message, headers first, with quoted-printable and base64 undone where a line needed it. */
  raw: string;
  messageId: string;
  subject: string;
  /** The text part, decoded. */
  text: string;
  tls: boolean;
  user: string | null;
};
export type MailServer = {
  url: string;
  received: Received[];
  /** Asked for each recipient; an error with `responseCode` is what the client is told. */
  onRecipient: (address: string) => Error | null;
  /** Asked when the message is there. `cut`: the connection ends without an answer. */
  onMessage: (message: Received) => Error | 'cut' | null;
  /** The next mail to an address that starts with `email`; waits for at most 8 s. */
  next(email: string): Promise<Received>;
  close(): Promise<void>;
};

export const reply = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

export async function startMailServer({ login }: { login?: { user: string; pass: string } } = {}): Promise<MailServer> {
  const server = new SMTPServer({
    authOptional: login === undefined,
    // Its own certificate is known to everybody, which is all the same here; it need not say so.
    logger: false,
    onAuth: ({ username, password }, _session, callback) =>
      username === login?.user && password === login?.pass ? callback(null, { user: username }) : callback(reply(535, 'no such login')),
    onRcptTo: ({ address }, _session, callback) => callback(mail.onRecipient(address)),
    onData: (stream, session, callback) =>
      void receive(stream, session).then((message) => {
        const answer = mail.onMessage(message);
        if (!(answer instanceof Error)) mail.received.push(message);
        if (answer !== 'cut') {
          callback(answer);
          return;
        }
        for (const connection of server.connections) (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
      }),
  });
  // A client that goes away is what some specs are about.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const taken = new Set<Received>();
  const mail: MailServer = {
    url: `smtp://${login ? `${login.user}:${encodeURIComponent(login.pass)}@` : ''}127.0.0.1:${port}`,
    received: [],
    onRecipient: () => null,
    onMessage: () => null,
    next: async (email) => {
      for (let attempt = 0; attempt < 400; attempt++) {
        const found = mail.received.find((message) => !taken.has(message) && message.to.includes(email));
        if (found) {
          taken.add(found);
          return found;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`no mail to ${email} has arrived`);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return mail;
}

async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks).toString('utf8');
  return {
    to: session.envelope.rcptTo.map(({ address }) => address),
    raw,
    messageId: /^message-id: <(.+)>\r$/im.exec(raw)?.[1] ?? '',
    subject: decodedWords(/^subject: ((?:.|\r\n[ \t])*)\r$/im.exec(raw)?.[1] ?? ''),
    text: textPart(raw),
    tls: session.secure,
    user: typeof session.user === 'string' ? session.user : null,
  };
}

/** RFC 2047, as far as our own mails use it. */
const decodedWords = (header: string): string =>
  header
    .replace(/\r\n[ \t]/g, ' ')
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?utf-8\?q\?(.*?)\?=/gi, (_, text: string) => quotedPrintable(text.replaceAll('_', ' ')))
    .replace(/=\?utf-8\?b\?(.*?)\?=/gi, (_, text: string) => Buffer.from(text, 'base64').toString());

const quotedPrintable = (text: string): string =>
  Buffer.from(
    text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');

function textPart(raw: string): string {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? '';
  const part = /content-type: text\/plain[^]*?\r\n\r\n([^]*)/i
    .exec(raw.slice(raw.indexOf(`--${boundary}\r\n`)))?.[1]
    ?.split(`\r\n--${boundary}`)[0];
  const encoding = /content-type: text\/plain[^]*?content-transfer-encoding: ([\w-]+)/i.exec(raw)?.[1];
  if (part === undefined) return '';
  if (encoding === 'base64') return Buffer.from(part, 'base64').toString('utf8');
  return (encoding === 'quoted-printable' ? quotedPrintable(part) : part).replaceAll('\r\n', '\n');
}
