/** Whom to ask when something cannot be solved here: whoever the operator has named, or else the organization's own admins. */
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../../config';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import type { SupportContact } from './log-help.dto';

const MOST_ADMINS = 5;

@Injectable()
export class SupportContacts {
  constructor(
    private readonly tenant: Tenant,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  get(actor: Actor): Promise<SupportContact> {
    return this.tenant.run(actor, (tx) => this.within(tx, actor));
  }

  async within(tx: EntityManager, actor: Actor): Promise<SupportContact> {
    const { supportContact: named } = this.config;
    if (named !== null) return { kind: named.startsWith('https:') ? 'url' : 'mail', addresses: [named] };
    return { kind: 'admins', addresses: actor.type === 'user' ? await adminsOf(tx, actor.organizationId) : [] };
  }
}

async function adminsOf(tx: EntityManager, organizationId: string): Promise<string[]> {
  const rows = await tx.query<{ email: string }[]>(
    `select u.email from membership m join app_user u on u.id = m.user_id
     where m.organization_id = $1 and m.role = 'admin' and m.suspended_at is null order by m.created_at, u.email limit ${MOST_ADMINS}`,
    [organizationId],
  );
  return rows.map(({ email }) => email);
}
