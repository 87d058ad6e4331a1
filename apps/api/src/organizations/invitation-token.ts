/** The token at the end of an invitation's link. Only its SHA-256 is stored. */
import { createHash, randomBytes } from 'node:crypto';

export const INVITATION_MS = 7 * 24 * 3_600_000;

export const newInvitationToken = (): string => randomBytes(32).toString('base64url');
export const hashInvitationToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The page of the console that asks for name and password. The fragment stays in the browser: the token is in no server's log. */
export const invitationUrl = (origin: string, token: string): string => `${origin}/#/accept-invitation/${token}`;
