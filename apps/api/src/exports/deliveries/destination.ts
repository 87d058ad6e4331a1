/** Where exports are delivered to: a place that whoever runs the product has named. An organization chooses which, and a folder in its own part of it. */
import type { Segment } from '../tar';

export const destinationKinds = ['directory', 's3'] as const;
export type DestinationKind = (typeof destinationKinds)[number];

/** All files of one export, and where they go. */
export type Parcel = {
  /** A folder of the parcel alone, below the organization's: names with slashes between them, none of which leads up. */
  location: string;
  files: readonly ParcelFile[];
};
/** The manifest is the last one: where it is, everything is. */
export type ParcelFile = { name: string; content: Segment; bytes: number; sha256: string };

export interface Destination {
  readonly kind: DestinationKind;
  /** For people: where a location of it is. Nothing secret. */
  shown(location: string): string;
  /** Returns when all of it is there for good. May be called again for the same parcel, after any interruption: it is there once. Throws DeliveryFailed. */
  deliver(parcel: Parcel, signal: AbortSignal): Promise<void>;
  /** Brings one file of a parcel back, into a new file. Throws DeliveryFailed, `files_gone` when it is not there. */
  fetch(location: string, name: string, path: string, signal: AbortSignal): Promise<void>;
  /** Of what was delivered: no error when it is gone already. */
  remove(location: string, names: readonly string[]): Promise<void>;
}

export const failureCodes = [
  'destination_missing',
  'access_denied',
  'unreachable',
  'disk_full',
  'damaged',
  'files_gone',
  'not_configured',
  'interrupted',
  'internal_error',
] as const;
export type DeliveryFailure = (typeof failureCodes)[number];

/** What is shown to people for each: the words of a server may hold what is none of their business. */
const failureTexts: Record<DeliveryFailure, string> = {
  destination_missing: 'The directory or bucket is not there. Whoever runs PineBill must make it, or mount it.',
  access_denied: 'It refused to take the files. Whoever runs PineBill must look at its permissions or keys.',
  unreachable: 'It could not be reached, or did not answer.',
  disk_full: 'It has no room left.',
  damaged: 'The files on the disk are not the ones that were signed, so they were not delivered. Make the export again.',
  files_gone: 'The files of the export were deleted before they were delivered. Make the export again.',
  not_configured: 'Whoever runs PineBill has taken the destination away.',
  interrupted: 'It was interrupted.',
  internal_error: 'It failed for a reason that the log of the server has.',
};

export class DeliveryFailed extends Error {
  constructor(
    readonly code: DeliveryFailure,
    options?: { cause: unknown },
  ) {
    super(failureTexts[code], options);
  }
}
/** Trying again would not help. */
export const isFinal = (code: DeliveryFailure): boolean => code === 'damaged' || code === 'files_gone';
