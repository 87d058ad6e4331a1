import fc from 'fast-check';
import { AppError } from '../platform/app-error';
import { amountOf, invoiceActions, invoiceStates, nextNumber, requireChangeable, requireDraft, totalOf, transition } from './invoice';

const codeOf = (work: () => unknown): string => {
  try {
    return String(work());
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

/** Written apart from the code's table: every state and action, and what becomes of it. */
const expected: Record<string, Record<string, string>> = {
  draft: { finalize: 'open', pay: 'illegal_transition', void: 'illegal_transition' },
  open: { finalize: 'illegal_transition', pay: 'paid', void: 'void' },
  paid: { finalize: 'illegal_transition', pay: 'illegal_transition', void: 'illegal_transition' },
  void: { finalize: 'illegal_transition', pay: 'illegal_transition', void: 'illegal_transition' },
};

describe('the states of an invoice', () => {
  const pairs = invoiceStates.flatMap((state) => invoiceActions.map((action) => ({ state, action, to: expected[state]![action]! })));
  it.each(pairs)('$state + $action is $to', ({ state, action, to }) => {
    expect(codeOf(() => transition(state, action))).toBe(to);
  });

  it('says what is possible instead', () => {
    expect(() => transition('open', 'finalize')).toThrow('An open invoice does not take finalize. It can be: pay, void.');
    expect(() => transition('paid', 'void')).toThrow('A paid invoice does not take void. Its state is final.');
  });

  it.each(invoiceStates)('replaces and deletes drafts only: %s', (state) => {
    const verdict = state === 'draft' ? 'undefined' : 'illegal_transition';
    expect(codeOf(() => requireDraft(state, 'replaced'))).toBe(verdict);
    expect(codeOf(() => requireDraft(state, 'deleted'))).toBe(verdict);
  });

  it.each([
    ['draft', ['customerId', 'currency', 'lines', 'dueAt'], 'undefined'],
    ['open', ['dueAt'], 'undefined'],
    ['open', ['dueAt', 'lines'], 'illegal_transition'],
    ['paid', ['dueAt'], 'illegal_transition'],
    ['void', ['currency'], 'illegal_transition'],
    ['paid', [], 'undefined'],
  ] as const)('of a %s invoice, changing %j is %s', (state, fields, verdict) => {
    expect(codeOf(() => requireChangeable(state, fields))).toBe(verdict);
  });
});

describe('the total of an invoice', () => {
  const line = fc.record({
    description: fc.constant('x'),
    quantity: fc.integer({ min: 1, max: 1_000_000 }),
    unitAmount: fc.nat(1_000_000_000),
  });

  it('is the exact sum of its amounts, or refused', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 100 }), (lines) => {
        const exact = lines.reduce((sum, one) => sum + BigInt(one.quantity) * BigInt(one.unitAmount), 0n);
        if (exact > BigInt(Number.MAX_SAFE_INTEGER)) expect(codeOf(() => totalOf(lines))).toBe('invalid_field');
        else expect(BigInt(totalOf(lines))).toBe(exact);
      }),
    );
  });

  it('refuses the first amount and the first sum that a JSON number cannot hold', () => {
    const most = { description: 'x', quantity: 1, unitAmount: Number.MAX_SAFE_INTEGER };
    expect(totalOf([most])).toBe(Number.MAX_SAFE_INTEGER);
    expect(amountOf({ description: 'x', quantity: 3, unitAmount: 250 })).toBe(750);
    const issueOf = (lines: Parameters<typeof totalOf>[0]) => {
      try {
        return totalOf(lines);
      } catch (error) {
        return (error as AppError).options.issues?.[0];
      }
    };
    expect(issueOf([most, { ...most, unitAmount: 1 }])).toMatchObject({ pointer: '/lines', rule: 'total' });
    expect(
      issueOf([
        { ...most, unitAmount: 1 },
        { ...most, quantity: 2 },
      ]),
    ).toMatchObject({ pointer: '/lines/1', rule: 'amount' });
  });
});

it('numbers invoices without a gap, in the order of their texts', () => {
  expect(nextNumber(null)).toBe('INV-00000001');
  expect(nextNumber('INV-00000009')).toBe('INV-00000010');
  expect(nextNumber('INV-00000099') > 'INV-00000099').toBe(true);
});
