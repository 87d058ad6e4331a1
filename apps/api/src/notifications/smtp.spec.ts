import { createServer, type AddressInfo } from 'node:net';
import { htmlOf, withFooter } from './mail-text';
import { smtpOptions, SmtpServer } from './smtp';

it.each([
  ['smtps://me:p%40ss@mail.example.com', { host: 'mail.example.com', port: 465, secure: true, auth: { user: 'me', pass: 'p@ss' } }],
  ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, secure: false, requireTLS: false }],
  ['smtp://mail.example.com:25', { port: 25, secure: false }],
  ['smtp://[2001:db8::1]:2525', { host: '2001:db8::1', port: 2525 }],
  ['smtp://me:secret@mail.example.com', { secure: false, requireTLS: true }],
  ['smtp://me:secret@127.0.0.1:1025', { requireTLS: false }],
])('%s', (url, expected) => {
  expect(smtpOptions(url)).toMatchObject(expected);
});

it('checks the certificate of every server that is not this machine', () => {
  const checked = (url: string): unknown => (smtpOptions(url).tls as { rejectUnauthorized: boolean }).rejectUnauthorized;
  const elsewhere = ['smtp://mail.example.com', 'smtps://10.0.0.1', 'smtp://localhost.example.com', 'smtps://127.0.0.1.example.com'];
  expect(elsewhere.map(checked)).toEqual([true, true, true, true]);
  expect(['smtp://localhost:25', 'smtps://127.0.0.1', 'smtp://[::1]:25'].map(checked)).toEqual([false, false, false]);
});

it('shows a URL that stands alone as a button, with the address beside it, and everything else as it is', () => {
  const html = htmlOf('Hello <b>,\n\nhttps://a.example/#/x?a=1&b="2"\nhttps://b.example/#/y?a=1&b=2\n\nnot https://c.example/ here');
  expect(html.match(/href="[^"]*"/g)).toEqual(['href="https://b.example/#/y?a=1&#38;b=2"']);
  expect(html).toContain('>Open b.example</a>');
  expect(html).toContain('Hello &#60;b&#62;,');
});

it('says for whom it was sent', () => {
  expect(withFooter('Text\n', 'ACME')).toBe('Text\n\n-- \nSent by PineBill for ACME. Nobody reads answers to this address.\n');
});

it('gives up a server that answers word by word and comes to no end, and hangs up', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    // A greeting of many lines (RFC 5321), which never ends; no silence is long enough to end it.
    const words = setInterval(() => socket.write('220-wait\r\n'), 20);
    socket.on('close', () => clearInterval(words));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const smtp = new SmtpServer({ smtpUrl: `smtp://127.0.0.1:${port}`, from: 'a@example.com' }, 200);
  const message = { id: '1', to: { email: 'b@example.com', name: null }, subject: 'S', text: 'T', at: new Date() };
  const startedAt = performance.now();
  expect(await smtp.send(message)).toMatchObject({ kind: 'away' });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  // Comes back when nobody is connected any more.
  await new Promise((resolve) => server.close(resolve));
});
