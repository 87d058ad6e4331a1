/**
 * Customers of the organization. No activity entries here: activity is what people change in the product around the API; billing is the API
 * under audit, and each of its calls is a record of its own.
 */
import { Injectable } from '@nestjs/common';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { newId, requireId, typeId } from '../platform/ids';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import type { Address, ChangeCustomer, CreateCustomer, CustomerPage, CustomerView } from './billing.dto';

type Customer = { id: string; name: string; email: string; address: Address | null; created_at: Date; updated_at: Date };

const columns = 'id, name, email, address, created_at, updated_at';
export const customerListParameters = ['email', 'limit', 'cursor', 'order'] as const;

@Injectable()
export class CustomersService {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<CustomerPage> {
    const query = readQuery(parameters, customerListParameters);
    const [limit, order, email] = [readLimit(query), readOrder(query), readText(query, 'email')];
    const binding: CursorBinding = { list: 'customers', organizationId: actor.organizationId, order, filter: { email } };
    const cursor = readText(query, 'cursor');
    const after = cursor === null ? null : decodeCursor(cursor, binding).id;
    return this.tenant.run(actor, async (tx) => {
      // Ids are UUIDv7: their order is the order of creation, and the primary key serves it.
      const rows = await tx.query<Customer[]>(
        `select ${columns} from customer where organization_id = $1 and ($2::text is null or lower(email) = lower($2))
           and ($3::uuid is null or id ${order === 'desc' ? '<' : '>'} $3) order by id ${order} limit $4`,
        [actor.organizationId, email, after, limit + 1],
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.created_at, id: row.id }), view: toView });
    });
  }

  get(actor: Actor, id: string): Promise<CustomerView> {
    const uuid = requireId('cus', id);
    return this.tenant.run(actor, async (tx) => toView(await load(tx, actor, uuid)));
  }

  create(actor: Actor, { name, email, address }: CreateCustomer): Promise<CustomerView> {
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const customer: Customer = { id: newId(), name, email, address: address ?? null, created_at: now, updated_at: now };
      await tx.query(
        'insert into customer (organization_id, id, name, email, address, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6)',
        [actor.organizationId, customer.id, name, email, jsonOf(address), now],
      );
      return toView(customer);
    });
  }

  change(actor: Actor, id: string, change: ChangeCustomer): Promise<CustomerView> {
    const uuid = requireId('cus', id);
    return this.tenant.run(actor, async (tx) => {
      const before = await load(tx, actor, uuid, 'for update');
      return this.write(tx, actor, {
        ...before,
        name: change.name ?? before.name,
        email: change.email ?? before.email,
        address: change.address === undefined ? before.address : change.address,
      });
    });
  }

  replace(actor: Actor, id: string, { name, email, address }: CreateCustomer): Promise<CustomerView> {
    const uuid = requireId('cus', id);
    return this.tenant.run(actor, async (tx) => {
      const before = await load(tx, actor, uuid, 'for update');
      return this.write(tx, actor, { ...before, name, email, address: address ?? null });
    });
  }

  async delete(actor: Actor, id: string): Promise<void> {
    const uuid = requireId('cus', id);
    await this.tenant.run(actor, async (tx) => {
      await load(tx, actor, uuid, 'for update');
      await tx.query('delete from customer where organization_id = $1 and id = $2', [actor.organizationId, uuid]).catch(inUse);
    });
  }

  private async write(tx: EntityManager, actor: Actor, customer: Customer): Promise<CustomerView> {
    const { id, name, email, address } = customer;
    const now = this.clock.now();
    await tx.query('update customer set name = $3, email = $4, address = $5, updated_at = $6 where organization_id = $1 and id = $2', [
      actor.organizationId,
      id,
      name,
      email,
      jsonOf(address),
      now,
    ]);
    return toView({ ...customer, updated_at: now });
  }
}

const jsonOf = (address: Address | null | undefined): string | null => (address ? JSON.stringify(address) : null);

async function load(tx: EntityManager, actor: Actor, id: string, lock: '' | 'for update' = ''): Promise<Customer> {
  const [row] = await tx.query<Customer[]>(`select ${columns} from customer where organization_id = $1 and id = $2 ${lock}`, [
    actor.organizationId,
    id,
  ]);
  if (!row)
    throw new AppError('resource_not_found', {
      detail: 'The organization has no customer with this id. Check the id, and that it was not deleted.',
    });
  return row;
}

/** The foreign key decides, not a look before: an invoice may be on its way at this moment. */
function inUse(error: unknown): never {
  const constraint = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }).constraint : undefined;
  if (constraint !== 'invoice_customer') throw error;
  throw new AppError('customer_in_use', {
    detail: 'The customer has invoices. Delete its drafts first; a customer with other invoices stays.',
    cause: error,
  });
}

function toView({ id, name, email, address, created_at, updated_at }: Customer): CustomerView {
  return {
    id: typeId('cus', id),
    name,
    email,
    address: address && {
      line1: address.line1,
      line2: address.line2 ?? null,
      postalCode: address.postalCode ?? null,
      city: address.city,
      country: address.country,
    },
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
  };
}
