/** What became of attempts to tell somebody something, since the start: counted by the senders of this process, shown by /metrics. */
import { Injectable } from '@nestjs/common';
import { channelKinds, type ChannelKind } from '@pinebill/contract';

/** `retried`: the attempt failed, and there will be another one. */
export const deliveryOutcomes = ['sent', 'failed', 'retried', 'skipped'] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];
export type DeliveryCount = { kind: ChannelKind; outcome: DeliveryOutcome; count: number };

@Injectable()
export class DeliveryCounts {
  private readonly counts = new Map<string, DeliveryCount>(
    channelKinds.flatMap((kind) => deliveryOutcomes.map((outcome) => [`${kind} ${outcome}`, { kind, outcome, count: 0 }])),
  );

  add(kind: ChannelKind, outcome: DeliveryOutcome): void {
    const one = this.counts.get(`${kind} ${outcome}`);
    if (one) one.count += 1;
  }

  all(): Iterable<DeliveryCount> {
    return this.counts.values();
  }
}
