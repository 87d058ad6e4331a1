/** What of a channel is sealed at rest: where it leads, and what it signs with. Bound to the channel: of another one it does not open. */
import { Injectable } from '@nestjs/common';
import { Sealing } from '../../platform/sealing';
import type { Target } from './channel-target';

type Sealed = { id: string; target: Buffer | null; secret: Buffer | null; previous_secret: Buffer | null; previous_until: Date | null };
export type Opened = { target: Target; /** The newest first. */ secrets: string[] };

@Injectable()
export class ChannelSecrets {
  constructor(private readonly sealing: Sealing) {}

  sealTarget(id: string, target: Target): Promise<Buffer> {
    return this.sealing.seal(Buffer.from(JSON.stringify(target)), `channel target ${id}`);
  }

  sealSecret(id: string, secret: string): Promise<Buffer> {
    return this.sealing.seal(Buffer.from(secret), `channel secret ${id}`);
  }

  /** Null: sealed under another PINEBILL_SECRET. */
  async open({ id, target, secret, previous_secret, previous_until }: Sealed, now: Date): Promise<Opened | null> {
    const open = async (sealed: Buffer | null, what: string): Promise<string | null> =>
      sealed === null ? null : ((await this.sealing.unseal(sealed, `channel ${what} ${id}`))?.toString() ?? null);
    const [opened, newest] = [await open(target, 'target'), await open(secret, 'secret')];
    if (opened === null || (secret !== null && newest === null)) return null;
    const previous = previous_until !== null && previous_until > now ? await open(previous_secret, 'secret') : null;
    return { target: JSON.parse(opened) as Target, secrets: [newest, previous].filter((one) => one !== null) };
  }
}
