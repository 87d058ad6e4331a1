/** What people see of deliveries, and trying one again that was given up. */
import { Injectable } from '@nestjs/common';
import { Activity } from '../../activity';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { AppError } from '../../platform/app-error';
import { Clock } from '../../platform/clock';
import { requireId } from '../../platform/ids';
import { target } from '../export-endings.service';
import { load } from '../exports.service';
import { deliveriesOf, deliveryAgain } from './deliveries.queries';
import { toDeliveryView } from './delivery-view';
import type { ExportDelivery } from './deliveries.dto';
import { Destinations } from './destinations';

@Injectable()
export class DeliveriesService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
  ) {}

  /** At once, with all its attempts before it. Of one that is under way or delivered nothing changes. */
  again(actor: Actor, id: string): Promise<ExportDelivery> {
    const [uuid, now] = [requireId('exp', id), this.clock.now()];
    return this.tenant.run(actor, async (tx) => {
      const row = await load(tx, actor, uuid, now, 'for update');
      const find = async () => (await deliveriesOf(tx, actor.organizationId, [uuid])).get(uuid);
      const before = await find();
      if (!before)
        throw new AppError('resource_not_found', { detail: 'The export is of no schedule that delivers, so there is nothing to deliver.' });
      if (before.state === 'failed' || before.state === 'waiting') {
        await deliveryAgain(tx, { organizationId: actor.organizationId, exportId: uuid }, now);
        await this.activity.record(tx, { actor, action: 'export.delivery_retried', target: target(row), before: { state: before.state, code: before.failure_code } }); // prettier-ignore
      }
      return toDeliveryView((await find()) ?? before, this.destinations);
    });
  }
}
