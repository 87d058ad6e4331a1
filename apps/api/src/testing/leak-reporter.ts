/** Somebody who finds keys and reports them, as GitHub does: with key pairs, a server that publishes the public ones, and signatures. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type KeyPair = { identifier: string; privateKey: KeyObject; pem: string };

export function keyPair(identifier: string, namedCurve = 'P-256'): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return { identifier, privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/** In the form of https://api.github.com/meta/public_keys/secret_scanning. */
export const published = (pairs: readonly KeyPair[]): string =>
  JSON.stringify({ public_keys: pairs.map(({ identifier, pem }) => ({ key_identifier: identifier, key: pem, is_current: true })) });

export const signatureOf = ({ privateKey }: KeyPair, body: string | Uint8Array): string =>
  sign('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'der' }).toString('base64');

export const signed = (pair: KeyPair, body: string): Record<string, string> => ({
  'github-public-key-identifier': pair.identifier,
  'github-public-key-signature': signatureOf(pair, body),
});

export type KeysServer = {
  url: string;
  /** How often it was asked. */
  asked: number;
  /** Null: it is away. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  close(): Promise<void>;
};

export async function startKeysServer(answer: KeysServer['answer']): Promise<KeysServer> {
  const server = createServer((request, response) => {
    test.asked += 1;
    if (test.answer === null) request.socket.destroy();
    else test.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const test: KeysServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/meta/public_keys/secret_scanning`,
    asked: 0,
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return test;
}
