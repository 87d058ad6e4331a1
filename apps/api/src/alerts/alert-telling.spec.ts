/** What is sent of an alert is what the guide shows, word for word: the sample of the guide is what a receiver is written after. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EntityManager } from 'typeorm';
import type { Notifications, NotificationToSend, Outbox } from '../notifications';
import { payloadOf } from '../notifications/channels/payloads';
import { parseId } from '../platform/ids';
import { AlertTelling } from './alert-telling.service';
import type { AlertRow } from './alerts.queries';

const guide = readFileSync(join(__dirname, '../../../../docs/guides/alert-channels.md'), 'utf8');
const sample = /```json\n([\s\S]+?)```/.exec(guide)?.[1] ?? '';

it('is sent to a webhook as the guide shows it', async () => {
  let sent: NotificationToSend | null = null;
  const notifications = {
    send: (_: EntityManager, what: NotificationToSend) => Promise.resolve(void (sent = what)),
  } as unknown as Notifications;
  const telling = new AlertTelling(notifications, { origin: 'https://audit.example.com' } as Outbox);
  const at = new Date('2026-12-01T10:30:15.123Z');
  // As the detector keeps it (libs/detection/src/detectors/unauthorized-burst.ts), and the rule about it has it.
  const alert = {
    ...{ id: parseId('alr', 'alr_01kaxvz3k5e7hs0q4mm2m1bqgf'), rule_id: parseId('rul', 'rul_01kaxvz3k5e7hs0q4mm2m1bqgf') },
    ...{ rule_name: 'Somebody guesses keys', severity: 'high', title: 'Somebody guesses keys: Burst of refused requests, 203.0.113.9' },
    rule: { threshold: null, windowMinutes: null },
    facts: {
      seen: { refusedInWindow: 412, callsInWindow: 415, windowMinutes: 5 },
      normal: {},
      threshold: { refusedInWindow: 20, shareOfItsCalls: 0.8 },
      subject: { kind: 'address', id: '203.0.113.9' },
    },
    ...{ count: '412', filter: { ip: '203.0.113.9', status: '401' }, samples: [parseId('log', 'log_01kaxvz3k5e7hs0q4mm2m1bqgf')] },
    ...{ window_from: new Date('2026-12-01T10:25:14.020Z'), window_to: at, opened_at: at },
  } as unknown as AlertRow;
  await telling.send({} as EntityManager, { organizationId: '' }, 'alert.opened', { alert, channelIds: ['a channel'] });
  const { event, data } = sent as unknown as NotificationToSend;
  expect(payloadOf('webhook', { id: 'ntf_1', event, data, organization: 'ACME GmbH', createdAt: at })).toEqual(JSON.parse(sample));
});
