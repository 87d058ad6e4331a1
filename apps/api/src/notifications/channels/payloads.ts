/** One notification in the words of each receiver. Pure: what is sent is what stands here. */
import type { NotificationData, NotificationEvent, NotificationSeverity } from '@pinebill/contract';
import type { TargetKind } from './kinds';

export type Told = {
  /** `ntf_...`. */
  id: string;
  event: NotificationEvent;
  organization: string;
  createdAt: Date;
  data: NotificationData;
};

const happened: Record<NotificationEvent, string> = {
  'alert.opened': 'Alert',
  'alert.acknowledged': 'Acknowledged',
  'alert.resolved': 'Resolved',
  'alert.escalated': 'Nobody has acknowledged this',
  test: 'Test',
};

/** `Alert, high: Burst of refused requests`. In one line. */
export const headline = ({ event, data }: Pick<Told, 'event' | 'data'>): string =>
  `${happened[event]}${event === 'test' ? '' : `, ${data.severity}`}: ${data.title}`;

/** What was seen, what is normal, which rule, who: for people. */
function factsOf({ organization, data }: Told): [name: string, value: string][] {
  const facts: [string, string | null][] = [
    ['Seen', data.seen],
    ['Normal here', data.normal],
    ['Rule', data.rule?.name ?? null],
    ['By', data.by],
    ['Organization', organization],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== '');
}

/** The body of a request. `key`: PagerDuty's routing key. */
export function payloadOf(kind: TargetKind, told: Told, key = ''): object {
  switch (kind) {
    case 'webhook':
      return webhook(told);
    case 'slack':
      return slack(told);
    case 'teams':
      return teams(told);
    case 'pagerDuty':
      return pagerDuty(told, key);
  }
}

/** As the Standard Webhooks specification proposes: what happened, when, and the rest in `data`. */
const webhook = ({ event, createdAt, data, organization }: Told): object => ({
  type: event,
  timestamp: createdAt.toISOString(),
  data: { ...data, organization },
});

/** Incoming webhooks of Slack and of what takes the same (Mattermost, Rocket.Chat): `text` alone says all of it. */
function slack(told: Told): object {
  const { data } = told;
  const lines = factsOf(told).map(([name, value]) => `*${name}:* ${forSlack(value)}`);
  const rows = data.samples.map(({ id, link }) => `<${link}|${id}>`);
  const text = [`*${forSlack(headline(told))}*`, ...lines, ...(rows.length > 0 ? [`*Rows:* ${rows.join(', ')}`] : []), `<${data.link}|Open in PineBill>`].join('\n'); // prettier-ignore
  return { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: cut(text, 3_000) } }], unfurl_links: false };
}

/** The three characters that mean something to Slack. */
const forSlack = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const teamsColour: Record<NotificationSeverity, string> = { low: 'Default', medium: 'Accent', high: 'Warning', critical: 'Attention' };

/** A message with an adaptive card, which workflows ("When a Teams webhook request is received") take as it is. */
function teams(told: Told): object {
  const { data, event } = told;
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: forTeams(headline(told)), weight: 'Bolder', size: 'Medium', wrap: true, color: event === 'alert.resolved' ? 'Good' : teamsColour[data.severity] }, // prettier-ignore
      { type: 'FactSet', facts: factsOf(told).map(([title, value]) => ({ title, value: forTeams(value) })) },
    ],
    actions: [
      { type: 'Action.OpenUrl', title: 'Open in PineBill', url: data.link },
      ...data.samples.map(({ link }, index) => ({ type: 'Action.OpenUrl', title: `Row ${index + 1}`, url: link })),
    ],
  };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }] };
}

/** Adaptive cards read Markdown: a name must make no link and no list of itself. */
const forTeams = (text: string): string => text.replace(/([\\`*_[\]()#~>])/g, '\\$1');

const pagerDutySeverity: Record<NotificationSeverity, string> = { low: 'info', medium: 'warning', high: 'error', critical: 'critical' };
const pagerDutyAction: Record<NotificationEvent, string> = {
  'alert.opened': 'trigger',
  'alert.escalated': 'trigger',
  'alert.acknowledged': 'acknowledge',
  'alert.resolved': 'resolve',
  test: 'trigger',
};

/** Events API v2. The alert's id is what PagerDuty puts together by. */
export function pagerDuty({ event, organization, createdAt, data }: Told, routingKey: string, action = pagerDutyAction[event]): object {
  const base = { routing_key: routingKey, event_action: action, dedup_key: data.id };
  if (action !== 'trigger') return base;
  return {
    ...base,
    client: 'PineBill',
    client_url: data.link,
    links: data.samples.map(({ id, link }) => ({ href: link, text: id })),
    payload: {
      summary: cut(data.title, 1_024),
      source: organization,
      severity: pagerDutySeverity[data.severity],
      timestamp: createdAt.toISOString(),
      class: data.rule?.name ?? event,
      custom_details: { seen: data.seen, normal: data.normal, rule: data.rule?.name ?? null },
    },
  };
}

/** Subject and text of a mail. */
export function mailOf(told: Told): { subject: string; text: string } {
  const { data } = told;
  const rows = data.samples.map(({ link }) => link).join('\n');
  const text = [
    `${headline(told)}.`,
    ...factsOf(told).filter(([name]) => name !== 'Organization').map(([name, value]) => `${name}: ${value}`), // prettier-ignore
    data.link,
    ...(rows === '' ? [] : [`Rows that show it:\n${rows}`]),
  ].join('\n\n');
  return { subject: headline(told), text };
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
