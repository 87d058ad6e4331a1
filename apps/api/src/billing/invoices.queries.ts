/** Invoices in PostgreSQL: rows in, rows out, and the one function that decides what leaves. */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { typeId } from '../platform/ids';
import type { InvoiceView } from './billing.dto';
import { amountOf, type InvoiceState, type Line } from './invoice';

export type Invoice = {
  id: string;
  number: string | null;
  state: InvoiceState;
  customerId: string;
  currency: string;
  lines: Line[];
  total: number;
  dueAt: Date | null;
  finalizedAt: Date | null;
  paidAt: Date | null;
  voidedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

const columns = `id, number, state, customer_id as "customerId", currency, lines, total, due_at as "dueAt", finalized_at as "finalizedAt",
  paid_at as "paidAt", voided_at as "voidedAt", created_at as "createdAt", updated_at as "updatedAt"`;

type InvoiceRow = Omit<Invoice, 'total'> & { total: string };
/** The driver gives a bigint as text; the total was checked against 2^53-1 before it was stored. */
const toInvoice = (row: InvoiceRow): Invoice => ({ ...row, total: Number(row.total) });

export type InvoiceListing = {
  states: InvoiceState[] | null;
  customerId: string | null;
  order: 'asc' | 'desc';
  /** The id that the page before ended with. */
  after: string | null;
  limit: number;
};

/** Ids are UUIDv7: their order is the order of creation, and the primary key serves it. */
export async function listInvoices(
  tx: EntityManager,
  actor: Actor,
  { states, customerId, order, after, limit }: InvoiceListing,
): Promise<Invoice[]> {
  const rows = await tx.query<InvoiceRow[]>(
    `select ${columns} from invoice where organization_id = $1 and ($2::text[] is null or state = any($2))
       and ($3::uuid is null or customer_id = $3) and ($4::uuid is null or id ${order === 'desc' ? '<' : '>'} $4)
     order by id ${order} limit $5`,
    [actor.organizationId, states, customerId, after, limit],
  );
  return rows.map(toInvoice);
}

const one = `select ${columns} from invoice where organization_id = $1 and id = $2`;

export const loadInvoice = (tx: EntityManager, actor: Actor, id: string): Promise<Invoice> => found(tx, one, [actor.organizationId, id]);
export const lockInvoice = (tx: EntityManager, actor: Actor, id: string): Promise<Invoice> =>
  found(tx, `${one} for update`, [actor.organizationId, id]);

async function found(tx: EntityManager, sql: string, parameters: string[]): Promise<Invoice> {
  const [row] = await tx.query<InvoiceRow[]>(sql, parameters);
  if (!row)
    throw new AppError('resource_not_found', {
      detail: 'The organization has no invoice with this id. Check the id, and that it was not deleted.',
    });
  return toInvoice(row);
}

export async function insertInvoice(tx: EntityManager, actor: Actor, invoice: Invoice): Promise<void> {
  const { id, state, customerId, currency, lines, total, dueAt, createdAt } = invoice;
  await tx.query(
    `insert into invoice (organization_id, id, state, customer_id, currency, lines, total, due_at, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
    [actor.organizationId, id, state, customerId, currency, JSON.stringify(lines), total, dueAt, createdAt],
  );
}

export async function updateInvoice(tx: EntityManager, actor: Actor, invoice: Invoice): Promise<void> {
  const { id, number, state, customerId, currency, lines, total, dueAt, finalizedAt, paidAt, voidedAt, updatedAt } = invoice;
  await tx.query(
    `update invoice set number = $3, state = $4, customer_id = $5, currency = $6, lines = $7, total = $8, due_at = $9, finalized_at = $10,
       paid_at = $11, voided_at = $12, updated_at = $13 where organization_id = $1 and id = $2`,
    [
      actor.organizationId, id, number, state, customerId, currency, JSON.stringify(lines), total, dueAt, finalizedAt, paidAt, voidedAt, updatedAt,
    ], // prettier-ignore
  );
}

/**
 * The last number given. The organization's row is the lock under which numbers are given one after the other; `no key` lets everything that
 * only refers to the organization pass.
 */
export async function lastNumber(tx: EntityManager, { organizationId }: Actor): Promise<string | null> {
  await tx.query('select 1 from organization where id = $1 for no key update', [organizationId]);
  const [row] = await tx.query<{ number: string }[]>(
    'select number from invoice where organization_id = $1 and number is not null order by number desc limit 1',
    [organizationId],
  );
  return row?.number ?? null;
}

export function toInvoiceView(invoice: Invoice): InvoiceView {
  const { number, state, currency, lines, total } = invoice;
  return {
    id: typeId('inv', invoice.id),
    number,
    state,
    customerId: typeId('cus', invoice.customerId),
    currency,
    lines: lines.map((line) => ({
      description: line.description,
      quantity: line.quantity,
      unitAmount: line.unitAmount,
      amount: amountOf(line),
    })),
    total,
    dueAt: invoice.dueAt?.toISOString() ?? null,
    finalizedAt: invoice.finalizedAt?.toISOString() ?? null,
    paidAt: invoice.paidAt?.toISOString() ?? null,
    voidedAt: invoice.voidedAt?.toISOString() ?? null,
    createdAt: invoice.createdAt.toISOString(),
    updatedAt: invoice.updatedAt.toISOString(),
  };
}
