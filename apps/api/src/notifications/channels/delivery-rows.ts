/** What was to be delivered to a channel, and each attempt at it. Of mail the outbox of mail knows what became of it. */
import type { NotificationData, NotificationEvent } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { typeId } from '../../platform/ids';
import type { DeliveryAttempt, DeliveryState, DeliveryView } from './channels.dto';

export type DeliveryRow = {
  id: string;
  event: NotificationEvent;
  data: NotificationData;
  created_at: Date;
  state: DeliveryState;
  mail_key: string | null;
  next_attempt_at: Date;
  taken_until: Date | null;
  last_error: string | null;
};
type AttemptRow = {
  notification_id: string;
  number: number;
  at: Date;
  duration_ms: number;
  status: number | null;
  error: string | null;
  answer: string;
};
type MailRow = {
  dedupe_key: string;
  name: string | null;
  state: DeliveryState | 'sent';
  attempts: number;
  at: Date;
  last_error: string | null;
};

export const deliveryColumns = 'id, event, data, created_at, state, mail_key, next_attempt_at, taken_until, last_error';

export async function toDeliveryViews(tx: EntityManager, organizationId: string, rows: readonly DeliveryRow[]): Promise<DeliveryView[]> {
  const attempts = await tx.query<AttemptRow[]>(
    `select notification_id, number, at, duration_ms, status, error, answer from delivery_attempt
     where organization_id = $1 and notification_id = any($2::uuid[]) order by number`,
    [organizationId, rows.map(({ id }) => id)],
  );
  const mails = await tx.query<MailRow[]>(
    `select m.dedupe_key, u.name, m.state, m.attempts, coalesce(m.ended_at, m.queued_at) as at, m.last_error
     from mail_outbox m left join app_user u on u.id = m.to_user where m.organization_id = $1 and m.dedupe_key = any($2) order by u.name`,
    [organizationId, rows.flatMap(({ mail_key }) => mail_key ?? [])],
  );
  return rows.map((row) => {
    const ofMail = mails.filter(({ dedupe_key }) => row.mail_key !== null && dedupe_key === row.mail_key);
    return toView(row, attempts.filter(({ notification_id }) => notification_id === row.id), ofMail); // prettier-ignore
  });
}

function toView(row: DeliveryRow, attempts: readonly AttemptRow[], mails: readonly MailRow[]): DeliveryView {
  const state = row.mail_key === null ? row.state : stateOfMail(mails);
  return {
    id: typeId('ntf', row.id),
    event: row.event,
    title: row.data.title,
    link: row.data.link,
    createdAt: row.created_at.toISOString(),
    state,
    why: state === 'delivered' ? null : (row.last_error ?? mails.find(({ last_error }) => last_error !== null)?.last_error ?? null),
    nextAttemptAt: state === 'queued' && row.mail_key === null ? row.next_attempt_at.toISOString() : null,
    attempts: row.mail_key === null ? attempts.map(toAttempt) : mails.map(mailAttempt),
  };
}

/** As far as it got with anybody. */
function stateOfMail(mails: readonly MailRow[]): DeliveryState {
  const has = (state: MailRow['state']): boolean => mails.some((mail) => mail.state === state);
  if (has('queued')) return 'queued';
  if (has('failed')) return 'failed';
  return has('sent') ? 'delivered' : 'skipped';
}

const toAttempt = ({ number, at, duration_ms, status, error, answer }: AttemptRow): DeliveryAttempt => ({
  ...{ number, at: at.toISOString(), durationMs: duration_ms, status, error, answer },
  recipient: null,
});

const mailAttempt = ({ name, state, at, last_error }: MailRow, index: number): DeliveryAttempt => ({
  ...{ number: index + 1, at: at.toISOString(), durationMs: null, status: null, answer: '' },
  error: state === 'sent' ? null : (last_error ?? (state === 'queued' ? 'on its way' : state)),
  recipient: name,
});
