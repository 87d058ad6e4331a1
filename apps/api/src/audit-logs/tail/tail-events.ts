/** What the live tail says, as server-sent events (WHATWG HTML, section 9.2). Ids are the places of records in the organization's sequence. */

/** The client comes back so soon after the connection ends, and says which id it has seen last. */
const RETRY_MS = 1_000;

/**
 * An id without data is no event to the client, and yet where it goes on after a cut: so it misses nothing although nothing has come yet, and does not look
 * through what its filter left out again.
 */
export const opening = (position: number): string => `retry: ${RETRY_MS}\n: open\nid: ${position}\n\n`;
/** Keeps the connection from being taken for dead. `position` null: still reading what came before. */
export const heartbeat = (position: number | null): string => `: still here\n${position === null ? '' : `id: ${position}\n`}\n`;
export const recordEvent = (sequence: number, json: string): string => `event: record\nid: ${sequence}\ndata: ${json}\n\n`;

export type Gap = {
  /** The places of the records that cannot be told any more, both included. */
  from: number;
  to: number;
  /** `retention`: the plan no longer shows them. `unknownId`: no record had the id yet, so it is not of this log. */
  cause: 'retention' | 'unknownId';
};
export const gapEvent = (gap: Gap, position: number): string => `event: gap\nid: ${position}\ndata: ${JSON.stringify(gap)}\n\n`;
