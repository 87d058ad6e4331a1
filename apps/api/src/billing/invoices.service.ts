/** Invoices of the organization. No activity entries, for the reason in customers.service.ts. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { newId, parseId, requireId } from '../platform/ids';
import { invalidField, readChoices, readId, readLimit, readOrder, readQuery, readText } from '../platform/query';
import type { ChangeInvoice, CreateInvoice, InvoicePage, InvoiceView } from './billing.dto';
import { invoiceStates, nextNumber, requireChangeable, requireDraft, totalOf, transition, type InvoiceAction } from './invoice';
import {
  insertInvoice,
  lastNumber,
  listInvoices,
  loadInvoice,
  lockInvoice,
  toInvoiceView,
  updateInvoice,
  type Invoice,
} from './invoices.queries';

export const invoiceListParameters = ['state', 'customerId', 'limit', 'cursor', 'order'] as const;

@Injectable()
export class InvoicesService {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<InvoicePage> {
    const query = readQuery(parameters, invoiceListParameters);
    const [limit, order, states, customerId] = [
      readLimit(query),
      readOrder(query),
      readChoices(query, 'state', invoiceStates),
      readId(query, 'customerId', 'cus'),
    ];
    const binding: CursorBinding = { list: 'invoices', organizationId: actor.organizationId, order, filter: { states, customerId } };
    const cursor = readText(query, 'cursor');
    const after = cursor === null ? null : decodeCursor(cursor, binding).id;
    return this.tenant.run(actor, async (tx) => {
      const rows = await listInvoices(tx, actor, { states, customerId, order, after, limit: limit + 1 });
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.createdAt, id: row.id }), view: toInvoiceView });
    });
  }

  get(actor: Actor, id: string): Promise<InvoiceView> {
    const uuid = requireId('inv', id);
    return this.tenant.run(actor, async (tx) => toInvoiceView(await loadInvoice(tx, actor, uuid)));
  }

  create(actor: Actor, body: CreateInvoice): Promise<InvoiceView> {
    const now = this.clock.now();
    const content = contentOf(body);
    const times = { finalizedAt: null, paidAt: null, voidedAt: null, createdAt: now, updatedAt: now };
    return this.tenant.run(actor, async (tx) => {
      await requireCustomer(tx, actor, content.customerId);
      const invoice: Invoice = { id: newId(), number: null, state: 'draft', ...content, ...times };
      await insertInvoice(tx, actor, invoice);
      return toInvoiceView(invoice);
    });
  }

  change(actor: Actor, id: string, change: ChangeInvoice): Promise<InvoiceView> {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    return this.alter(actor, id, async (before, tx) => {
      requireChangeable(
        before.state,
        given.map(([field]) => field),
      );
      const customerId = change.customerId === undefined ? before.customerId : customerUuid(change.customerId);
      if (customerId !== before.customerId) await requireCustomer(tx, actor, customerId);
      const lines = change.lines ?? before.lines;
      const dueAt = change.dueAt === undefined ? before.dueAt : instantOf(change.dueAt);
      return { ...before, customerId, currency: change.currency ?? before.currency, lines, total: totalOf(lines), dueAt };
    });
  }

  replace(actor: Actor, id: string, body: CreateInvoice): Promise<InvoiceView> {
    const content = contentOf(body);
    return this.alter(actor, id, async (before, tx) => {
      requireDraft(before.state, 'replaced');
      await requireCustomer(tx, actor, content.customerId);
      return { ...before, ...content };
    });
  }

  async delete(actor: Actor, id: string): Promise<void> {
    const uuid = requireId('inv', id);
    await this.tenant.run(actor, async (tx) => {
      requireDraft((await lockInvoice(tx, actor, uuid)).state, 'deleted');
      await tx.query('delete from invoice where organization_id = $1 and id = $2', [actor.organizationId, uuid]);
    });
  }

  finalize(actor: Actor, id: string): Promise<InvoiceView> {
    return this.move(actor, id, 'finalize', async (tx, now) => ({ finalizedAt: now, number: nextNumber(await lastNumber(tx, actor)) }));
  }

  pay(actor: Actor, id: string): Promise<InvoiceView> {
    return this.move(actor, id, 'pay', (_, now) => ({ paidAt: now }));
  }

  void(actor: Actor, id: string): Promise<InvoiceView> {
    return this.move(actor, id, 'void', (_, now) => ({ voidedAt: now }));
  }

  private move(
    actor: Actor,
    id: string,
    action: InvoiceAction,
    effect: (tx: EntityManager, now: Date) => Partial<Invoice> | Promise<Partial<Invoice>>,
  ): Promise<InvoiceView> {
    return this.alter(actor, id, async (before, tx) => {
      const state = transition(before.state, action);
      return { ...before, state, ...(await effect(tx, this.clock.now())) };
    });
  }

  /** The row is locked from the look at its state to the write: two calls at once cannot both pay. */
  private alter(actor: Actor, id: string, next: (before: Invoice, tx: EntityManager) => Promise<Invoice>): Promise<InvoiceView> {
    const uuid = requireId('inv', id);
    return this.tenant.run(actor, async (tx) => {
      const after = { ...(await next(await lockInvoice(tx, actor, uuid), tx)), updatedAt: this.clock.now() };
      await updateInvoice(tx, actor, after);
      return toInvoiceView(after);
    });
  }
}

const instantOf = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

function contentOf({
  customerId,
  currency,
  lines,
  dueAt,
}: CreateInvoice): Pick<Invoice, 'customerId' | 'currency' | 'lines' | 'total' | 'dueAt'> {
  return { customerId: customerUuid(customerId), currency, lines, total: totalOf(lines), dueAt: instantOf(dueAt) };
}

const noSuchCustomer = (): AppError =>
  invalidField({ pointer: '/customerId', rule: 'exists', expected: 'the id of a customer of this organization' });

function customerUuid(text: string): string {
  const uuid = parseId('cus', text);
  if (uuid === null) throw noSuchCustomer();
  return uuid;
}

/** Locked, so that it cannot be deleted before the invoice is there. */
async function requireCustomer(tx: EntityManager, actor: Actor, id: string): Promise<void> {
  const rows = await tx.query<unknown[]>('select 1 from customer where organization_id = $1 and id = $2 for key share', [
    actor.organizationId,
    id,
  ]);
  if (rows.length === 0) throw noSuchCustomer();
}
