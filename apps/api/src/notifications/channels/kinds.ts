import type { ChannelKind } from '@pinebill/contract';

/** What is sent over HTTP. */
export type TargetKind = Exclude<ChannelKind, 'mail'>;

export const isTargetKind = (kind: ChannelKind): kind is TargetKind => kind !== 'mail';
export const isChannelWithUrl = (kind: TargetKind): boolean => kind !== 'pagerDuty';
