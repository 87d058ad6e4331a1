/** A mail to whoever asks for it, past the outbox: the answer is what the mail server says. */
import { Inject, Injectable } from '@nestjs/common';
import { Activity } from '../activity';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';
import { withFooter } from './mail-text';
import { Outbox } from './outbox.service';
import { SmtpServer } from './smtp';

@Injectable()
export class TestMail {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'mail'>,
  ) {}

  async send(actor: Actor): Promise<{ sentTo: string }> {
    if (actor.type !== 'user') throw new AppError('person_required');
    const { mail } = this.config;
    if (mail === null)
      throw new AppError('mail_not_configured', { detail: 'No mail is sent: PINEBILL_SMTP_URL is not set. Set it and restart.' });
    const [id, { email, name }] = [newId(), actor];
    const failure = await new SmtpServer(mail).send({
      ...{ id, to: { email, name }, subject: 'A test mail from PineBill', at: this.clock.now() },
      text: withFooter(
        `Hello ${name},\n\nmail arrives. Links in mails lead here; if this is not where people reach the console, set PINEBILL_PUBLIC_URL:\n${this.outbox.origin}`,
        'this installation',
      ),
    });
    const after = { sentTo: email, taken: failure === null };
    await this.tenant.run(actor, (tx) =>
      this.activity.record(tx, { actor, action: 'mail.tested', target: { type: 'user', id: actor.id, name: email }, after }),
    );
    if (failure !== null)
      throw new AppError('mail_not_taken', {
        detail: `The mail server said: ${failure.error}. Check PINEBILL_SMTP_URL and PINEBILL_MAIL_FROM.`,
      });
    return { sentTo: email };
  }
}
