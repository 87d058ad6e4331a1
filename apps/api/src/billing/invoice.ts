/** The rules of an invoice: its states, what may be changed in which, and what its lines add up to. No Nest, no database. */
import { AppError } from '../platform/app-error';
import { invalidField } from '../platform/query';

export const invoiceStates = ['draft', 'open', 'paid', 'void'] as const;
export type InvoiceState = (typeof invoiceStates)[number];
export const invoiceActions = ['finalize', 'pay', 'void'] as const;
export type InvoiceAction = (typeof invoiceActions)[number];

const table = {
  draft: { finalize: 'open' },
  open: { pay: 'paid', void: 'void' },
  paid: {},
  void: {},
} as const satisfies Record<InvoiceState, Partial<Record<InvoiceAction, InvoiceState>>>;

const targets: Record<InvoiceState, Partial<Record<InvoiceAction, InvoiceState>>> = table;

const article = (state: InvoiceState): string => (state === 'open' ? 'An open' : `A ${state}`);

/** The state that an action leads to; throws `illegal_transition`. */
export function transition(from: InvoiceState, action: InvoiceAction): InvoiceState {
  const to = targets[from][action];
  if (to !== undefined) return to;
  const possible = Object.keys(targets[from]);
  const next = possible.length > 0 ? `It can be: ${possible.join(', ')}.` : 'Its state is final.';
  throw new AppError('illegal_transition', { detail: `${article(from)} invoice does not take ${action}. ${next}` });
}

/** Replacing and deleting are for drafts: once an invoice has a number, its content is a document. */
export function requireDraft(state: InvoiceState, what: 'replaced' | 'deleted'): void {
  if (state === 'draft') return;
  const instead = what === 'deleted' && state === 'open' ? 'Void it instead.' : 'Only drafts can.';
  throw new AppError('illegal_transition', { detail: `${article(state)} invoice cannot be ${what}. ${instead}` });
}

const changeable = {
  draft: ['customerId', 'currency', 'lines', 'dueAt'],
  // The term of payment is an agreement beside the document, so it may still move.
  open: ['dueAt'],
  paid: [],
  void: [],
} as const satisfies Record<InvoiceState, readonly string[]>;

/** Throws `illegal_transition` when one of the fields is fixed in this state. */
export function requireChangeable(state: InvoiceState, fields: readonly string[]): void {
  const allowed: readonly string[] = changeable[state];
  const fixed = fields.filter((field) => !allowed.includes(field));
  if (fixed.length === 0) return;
  const open = allowed.length > 0 ? `Only ${allowed.join(', ')} can be changed.` : 'Nothing of it can be changed.';
  throw new AppError('illegal_transition', { detail: `${article(state)} invoice is fixed. ${open}` });
}

/** `unitAmount` in the currency's minor unit (cents of EUR, yen of JPY). */
export type Line = { description: string; quantity: number; unitAmount: number };

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

export const amountOf = (line: Line): number => line.quantity * line.unitAmount;

/** The sum of all lines; exact, or refused: beyond 2^53-1 a JSON number would silently be another one. */
export function totalOf(lines: readonly Line[]): number {
  const expected = `lines of at most ${LARGEST} minor units together`;
  let total = 0n;
  for (const [index, { quantity, unitAmount }] of lines.entries()) {
    const amount = BigInt(quantity) * BigInt(unitAmount);
    if (amount > LARGEST)
      throw invalidField({ pointer: `/lines/${index}`, rule: 'amount', expected: `quantity times unitAmount of at most ${LARGEST}` });
    total += amount;
  }
  if (total > LARGEST) throw invalidField({ pointer: '/lines', rule: 'total', expected });
  return Number(total);
}

/** Numbers run without a gap within an organization: they are given when an invoice is finalized, under a lock. */
export function nextNumber(last: string | null): string {
  const previous = last === null ? 0 : Number(/^INV-(\d+)$/.exec(last)?.[1]);
  // Eight digits, so that the order of the texts is the order of the numbers, and the last one is one index probe away.
  return `INV-${String(previous + 1).padStart(8, '0')}`;
}
