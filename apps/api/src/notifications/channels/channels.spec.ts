/** What is sent, word for word: signatures as others check them, a message for each kind, and nothing secret in what is kept or shown. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { deliveryPausesSeconds, notificationEvents, type NotificationData } from '@pinebill/contract';
import { answerText } from './answer-text';
import { nextAttemptAt } from './back-off';
import { pagerDutyUrl, secretsOf, shownTarget } from './channel-target';
import { headline, mailOf, payloadOf, type Told } from './payloads';
import { newWebhookSecret, webhookHeaders } from './standard-webhook';

const data: NotificationData = {
  id: 'alr_01kaxvz3k5e7hs0q4mm2m1bqgf',
  severity: 'high',
  title: 'Burst of refused <requests> & [more](x)',
  rule: { id: 'rul_01kaxvz3k5e7hs0q4mm2m1bqgf', name: 'Refused' },
  seen: '412 requests answered 401 within 5 minutes from 203.0.113.9',
  normal: 'at most 3 within 5 minutes',
  link: 'https://audit.example.com/#/alerts/alr_01kaxvz3k5e7hs0q4mm2m1bqgf',
  samples: [1, 2, 3, 4, 5].map((n) => ({ id: `log_${n}`, link: `https://audit.example.com/#/audit-logs/log_${n}` })),
  at: '2026-12-01T10:30:15.123Z',
  by: null,
};
const told: Told = {
  id: 'ntf_01kaxvz3k5e7hs0q4mm2m1bqgf',
  event: 'alert.opened',
  organization: 'ACME',
  createdAt: new Date(data.at),
  data,
};

describe('a signature', () => {
  const at = new Date();
  const body = JSON.stringify(payloadOf('webhook', told));

  it('is one that the reference implementation takes, and of this id, time and body only', () => {
    const secret = newWebhookSecret();
    const headers = webhookHeaders({ id: told.id, at, body }, [secret]);
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    const others: [string, Record<string, string>][] = [
      [`${body} `, headers],
      [body, { ...headers, 'webhook-id': 'ntf_other' }],
      [body, { ...headers, 'webhook-timestamp': String(Math.floor(at.getTime() / 1_000) - 1) }],
    ];
    for (const [text, signed] of others) expect(() => new Webhook(secret).verify(text, signed)).toThrow('No matching signature');
    expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow('No matching signature');
  });

  it('is the one that the reference implementation makes, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uuid(), (text, id) => {
        const secret = newWebhookSecret();
        expect(webhookHeaders({ id, at, body: text }, [secret])['webhook-signature']).toBe(new Webhook(secret).sign(id, at, text));
      }),
      { numRuns: 50 },
    );
  });

  it('is there for both secrets while one is replaced', () => {
    const [newer, older] = [newWebhookSecret(), newWebhookSecret()];
    const headers = webhookHeaders({ id: told.id, at, body }, [newer, older]);
    for (const secret of [newer, older]) expect(new Webhook(secret).verify(body, headers)).toBeTruthy();
  });
});

describe('the receiver of the guide', () => {
  const guide = readFileSync(join(__dirname, '../../../../../docs/guides/alert-channels.md'), 'utf8');
  const file = join(mkdtempSync(join(tmpdir(), 'pinebill-receiver-')), 'receiver.mjs');
  afterAll(() => rmSync(dirname(file), { recursive: true }));

  it('takes what is ours and no more, and what comes twice once', async () => {
    writeFileSync(file, /```js\n([\s\S]+?)```/.exec(guide)?.[1] ?? '');
    const secret = newWebhookSecret();
    const receiver = spawn(process.execPath, [file], { env: { PORT: '0', WEBHOOK_SECRET: secret }, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
    const line = async (): Promise<string> => String((await lines.next()).value);
    try {
      const url = `http://127.0.0.1:${(await line()).split(' ')[1]}`;
      const body = JSON.stringify(payloadOf('webhook', told));
      const post = async (headers: Record<string, string>, text = body) =>
        (await fetch(url, { method: 'POST', headers, body: text })).status;
      const at = new Date();
      const old = new Date(at.getTime() - 600_000);
      const headers = webhookHeaders({ id: told.id, at, body }, [newWebhookSecret(), secret]);
      const undated = { ...headers, 'webhook-timestamp': '' };
      expect([await post(headers), await post(headers), await post(headers, `${body} `), await post(undated), await post({})]).toEqual([
        204, 204, 401, 401, 401,
      ]);
      expect(await post(webhookHeaders({ id: told.id, at: old, body }, [secret]))).toBe(401);
      expect(await post(webhookHeaders({ id: 'ntf_2', at, body }, [newWebhookSecret()]))).toBe(401);
      expect(await post(webhookHeaders({ id: 'ntf_3', at, body }, [secret]))).toBe(204);
      const said = `alert.opened ${data.title} ${data.link}`;
      expect([await line(), await line()]).toEqual([said, said]);
    } finally {
      receiver.kill();
    }
  });

  it('is sent what the guide says', () => {
    const example = JSON.parse(/```json\n([\s\S]+?)```/.exec(guide)?.[1] ?? '') as { data: object };
    const sent = payloadOf('webhook', told) as { data: object };
    expect(Object.keys(example)).toEqual(Object.keys(sent));
    expect(Object.keys(example.data)).toEqual(Object.keys(sent.data));
    for (const event of notificationEvents) expect(guide).toContain(`\`${event}\``);
  });
});

describe('a message', () => {
  it('of a webhook is what happened, when, and all of it', () => {
    expect(payloadOf('webhook', told)).toEqual({ type: 'alert.opened', timestamp: data.at, data: { ...data, organization: 'ACME' } });
  });

  it('of each kind says the same: what happened, what was seen and is normal, by which rule and whom, with every row', () => {
    const plain = { ...data, title: 'Burst of refused requests', normal: 'at most 3', seen: '412 requests', by: 'Ada' };
    const said = { ...told, event: 'alert.acknowledged' as const, data: plain };
    const { subject, text } = mailOf(said);
    const messages = [JSON.stringify(payloadOf('slack', said)), JSON.stringify(payloadOf('teams', said)), `${subject} ${text}`];
    const facts = [headline(said), plain.seen, plain.normal, 'Refused', 'Ada', data.link, ...data.samples.map(({ link }) => link)];
    for (const message of messages) for (const fact of facts) expect(message).toContain(fact);
  });

  it('of Slack says all of it in text, with nothing that Slack would read as its own', () => {
    const { text, blocks } = payloadOf('slack', told) as { text: string; blocks: { text: { text: string } }[] };
    expect(text).toContain('Burst of refused &lt;requests&gt; &amp; [more](x)');
    expect(text).toContain(`<${data.link}|Open in PineBill>`);
    expect(blocks[0]?.text.text).toBe(text);
  });

  it('of Teams is an adaptive card, with nothing that Markdown would make a link of', () => {
    const message = payloadOf('teams', told) as {
      type: string;
      attachments: { contentType: string; content: { body: object[]; actions: object[] } }[];
    };
    expect(message.type).toBe('message');
    expect(message.attachments[0]?.contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(message.attachments[0]?.content).toMatchObject({
      type: 'AdaptiveCard',
      body: [{ text: 'Alert, high: Burst of refused <requests\\> & \\[more\\]\\(x\\)' }, { type: 'FactSet' }],
      actions: [{ type: 'Action.OpenUrl', url: data.link }, {}, {}, {}, {}, {}],
    });
  });

  it.each([
    ['alert.opened', 'trigger'],
    ['alert.escalated', 'trigger'],
    ['alert.acknowledged', 'acknowledge'],
    ['alert.resolved', 'resolve'],
  ] as const)('of PagerDuty makes %s a %s of the same alert', (event, action) => {
    const sent = payloadOf('pagerDuty', { ...told, event }, 'R0KEY') as { payload?: object };
    expect(sent).toMatchObject({ routing_key: 'R0KEY', event_action: action, dedup_key: data.id });
    expect(sent.payload).toEqual(
      action === 'trigger' ? expect.objectContaining({ summary: data.title, severity: 'error', source: 'ACME' }) : undefined,
    );
  });

  it.each(notificationEvents)('of mail tells of %s in one line and in full', (event) => {
    const { subject, text } = mailOf({ ...told, event });
    expect(subject).toBe(headline({ event, data }));
    expect(text).toContain(data.seen);
    expect(text.split('\n')).toContain(data.link);
  });
});

describe('what is shown', () => {
  it.each([
    ['https://hooks.slack.com/services/T0/B0/abcdefgh7f2c', undefined, 'https://hooks.slack.com/…7f2c'],
    ['https://hooks.example.com/', undefined, 'https://hooks.example.com'],
    ['https://hooks.example.com/short', undefined, 'https://hooks.example.com/…'],
    [pagerDutyUrl, 'R0EXAMPLER0EXAMPLE1234', 'events.pagerduty.com …1234'],
  ])('of %s is not what opens it', (url, routingKey, shown) => {
    expect(shownTarget({ url, ...(routingKey !== undefined && { routingKey }) })).toBe(shown);
  });

  it('of an answer is its first kilobyte, without what it repeats of ours', () => {
    const target = { url: 'https://hooks.example.com/services/abcdefghijkl?token=mnopqrstuvwx', routingKey: 'R0EXAMPLER0EXAMPLE1234' };
    const secrets = secretsOf(target, ['whsec_aGVsbG8gd29ybGQ=']);
    const echoed = `no ${target.url} R0EXAMPLER0EXAMPLE1234 abcdefghijkl ${encodeURIComponent(target.url)} whsec_aGVsbG8gd29ybGQ= pbk_0123 Bearer xyz \u0000\u001b[31m`;
    const text = answerText(echoed, secrets);
    expect(text).toBe('no *** *** *** *** *** *** *** [31m');
    expect(Buffer.byteLength(answerText('ä€'.repeat(2_000), []))).toBeLessThanOrEqual(1_024);
  });
});

describe('the pauses', () => {
  const now = new Date('2026-12-01T00:00:00Z');
  it('take about a day, and then it has failed', () => {
    const all = deliveryPausesSeconds.map(
      (_, index) => nextAttemptAt(index + 1, { now, retryAfter: null, random: 0 })!.getTime() - now.getTime(),
    );
    const hours = all.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
    expect(hours).toBeGreaterThan(22);
    expect(hours).toBeLessThan(25);
    expect(all).toEqual([...all].sort((a, b) => a - b));
    expect(nextAttemptAt(deliveryPausesSeconds.length + 1, { now, retryAfter: null })).toBeNull();
  });

  it.each([
    ['120', 120_000],
    ['Tue, 01 Dec 2026 00:02:00 GMT', 120_000],
    ['999999', 3_600_000],
    ['soon', 5_000],
    ['-1', 5_000],
    ['1', 5_000],
  ])('heed Retry-After: %s, within an hour', (retryAfter, ms) => {
    expect(nextAttemptAt(1, { now, retryAfter, random: 0 })?.getTime()).toBe(now.getTime() + ms);
  });
});
