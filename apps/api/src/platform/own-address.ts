import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where this process answers, from this machine: not the public URL, whose way may lead over a proxy to another process. */
export function ownAddress(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
