/** The server that takes our mail: how it is spoken to, and what its failures mean. */
import { connect, type Socket } from 'node:net';
import { createTransport, type Transporter } from 'nodemailer';
import type { SMTPTransportOptions } from 'nodemailer/lib/smtp-transport';
import type { MailConfig } from '../config';
import { withDeadline } from '../platform/deadline';
import { htmlOf } from './mail-text';

export type Message = {
  /** The same at every attempt: whoever gets it twice can tell. */
  id: string;
  to: { email: string; name: string | null };
  subject: string;
  text: string;
  at: Date;
};

/**
 * `refused`: for good. `later`: this mail, for now. `away`: the server takes nothing from anybody. The words of the server, in one line, for admins to
 * read; without what we signed in with.
 */
export type Failure = { kind: 'refused' | 'later' | 'away'; error: string };

/**
 * From the first word to the last: a server that is slow, word by word, is cut. `mail_take` leaves a mail to whoever took it for longer (migration 0017), so
 * nobody sends it again meanwhile.
 */
export const SEND_MS = 90_000;
/** Whether the server lets us in. */
export const VERIFY_MS = 15_000;
const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;
const MAX_ERROR = 300;

export class SmtpServer {
  private readonly options: ReturnType<typeof smtpOptions>;
  /** What must appear in no log and on no page. */
  private readonly password: string;

  constructor(
    private readonly config: MailConfig,
    private readonly limitMs: number = SEND_MS,
  ) {
    this.options = smtpOptions(config.smtpUrl);
    this.password = this.options.auth?.pass ?? '';
  }

  /** Null: the server has taken it. */
  async send({ id, to, subject, text, at }: Message): Promise<Failure | null> {
    try {
      const mail = {
        from: this.config.from,
        to: { name: to.name ?? '', address: to.email },
        subject,
        text,
        html: htmlOf(text),
        messageId: `<${id}@${domainOf(this.config.from)}>`,
        date: at,
        // RFC 3834: no machine shall answer.
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        disableFileAccess: true,
        disableUrlAccess: true,
      };
      await this.connected(this.limitMs, (transport) => transport.sendMail(mail));
      return null;
    } catch (error) {
      return { kind: await this.kindOf(error as SmtpError), error: this.wordsOf(error) };
    }
  }

  /** Cut in the middle of a mail, is it the mail or the server? Whether the server lets us in again tells. */
  private async kindOf({ command, responseCode }: SmtpError): Promise<Failure['kind']> {
    const ofThisMail = command === 'RCPT TO' || command === 'DATA' || command === 'API';
    if (ofThisMail) return command === 'API' || (responseCode ?? 0) >= 500 ? 'refused' : 'later';
    return this.connected(Math.min(VERIFY_MS, this.limitMs), (transport) => transport.verify()).then(
      () => 'later' as const,
      () => 'away' as const,
    );
  }

  /** Over a connection of its own, which ends with the time: what was given up reaches nobody afterwards. */
  private async connected<T>(limitMs: number, work: (transport: Transporter) => Promise<T>): Promise<T> {
    const { host = '', port = 0 } = this.options;
    const sockets: Socket[] = [];
    const getSocket: SMTPTransportOptions['getSocket'] = (_, done) => {
      const socket = openSocket(host, Number(port), done);
      sockets.push(socket);
    };
    try {
      return await withDeadline(work(createTransport({ ...this.options, getSocket })), limitMs);
    } catch (error) {
      for (const socket of sockets) socket.destroy();
      throw error;
    }
  }

  private wordsOf(error: unknown): string {
    const text = error instanceof Error ? error.message : String(error);
    const line = text.replace(/\s+/g, ' ').trim();
    return (this.password === '' ? line : line.replaceAll(this.password, '***')).slice(0, MAX_ERROR);
  }
}

type Opened = (error: Error | null, socketOptions?: { connection: Socket } | false) => void;

function openSocket(host: string, port: number, opened: Opened): Socket {
  const socket = connect({ host, port });
  const late = setTimeout(() => socket.destroy(new Error(`no connection within ${CONNECT_MS} ms`)), CONNECT_MS);
  const failed = (error: Error): void => {
    clearTimeout(late);
    opened(error);
  };
  socket.once('error', failed);
  socket.once('connect', () => {
    clearTimeout(late);
    socket.off('error', failed);
    // Whoever speaks over it has handlers of their own; this one is for what comes once they have gone.
    socket.on('error', () => undefined);
    opened(null, { connection: socket });
  });
  return socket;
}

type SmtpError = { command?: string; responseCode?: number };

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * `smtps` is TLS from the start; `smtp` moves over to TLS where the server offers it, and must before a password is sent. A certificate is checked, but
 * for a server on this machine: there is no wire in between, and it rarely has one that anybody signed.
 */
export function smtpOptions(smtpUrl: string): SMTPTransportOptions & { auth?: { user: string; pass: string } } {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  const isHere = loopback.test(hostname);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && username !== '' && !isHere,
    tls: { rejectUnauthorized: !isHere, minVersion: 'TLSv1.2' },
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  };
}

const domainOf = (from: string): string => /@([^>\s]+)>?$/.exec(from)?.[1] ?? 'localhost';
