// What is sent: reads, changes, and what must be refused. And how an answer is matched with its record.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** The uuid inside `req_...`: 26 characters of Crockford's base32. */
export function uuidOf(requestId) {
  const number = [...requestId.slice(4)].reduce((sum, letter) => sum * 32n + BigInt(alphabet.indexOf(letter)), 0n);
  return number
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const key = (secret) => ({ authorization: `Bearer ${secret}` });
const unknownId = 'inv_01jdw2gm3xe4pt6x0rbf6n2k9c';
const line = (label) => ({ description: label, quantity: 1, unitAmount: 1_250 });

/** Weighted by how often each is named. `state` is what earlier answers told; null: not yet possible. */
export const kinds = {
  listInvoices: ({ secret }) => ({ method: 'GET', path: '/v1/invoices?limit=5', headers: key(secret) }),
  listCustomers: ({ secret }) => ({ method: 'GET', path: '/v1/customers?limit=5', headers: key(secret) }),
  getInvoice: ({ secret, invoices }, random) =>
    invoices.length === 0 ? null : { method: 'GET', path: `/v1/invoices/${random.pick(invoices)}`, headers: key(secret) },
  unknownInvoice: ({ secret }) => ({ method: 'GET', path: `/v1/invoices/${unknownId}`, headers: key(secret) }),
  createCustomer: ({ secret }, _, label) => ({
    method: 'POST',
    path: '/v1/customers',
    headers: key(secret),
    body: JSON.stringify({ name: label, email: 'faults@acme.example' }),
  }),
  createInvoice: ({ secret, customers }, random, label) =>
    customers.length === 0
      ? null
      : {
          method: 'POST',
          path: '/v1/invoices',
          headers: key(secret),
          body: JSON.stringify({ customerId: random.pick(customers), currency: 'EUR', lines: [line(label)] }),
        },
  finalize: ({ secret, drafts }) => {
    const id = drafts.pop();
    return id === undefined ? null : { method: 'POST', path: `/v1/invoices/${id}/finalize`, headers: key(secret), target: uuidOf(id) };
  },
  noKey: () => ({ method: 'GET', path: '/v1/invoices', headers: {} }),
  wrongKey: () => ({ method: 'POST', path: '/v1/invoices', headers: key('pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17'), body: '{}' }),
  revokedKey: ({ revoked }) => ({ method: 'GET', path: '/v1/customers', headers: key(revoked) }),
  unknownRoute: ({ secret }) => ({ method: 'GET', path: '/v2/invoices', headers: key(secret) }),
  malformedJson: ({ secret }) => ({ method: 'POST', path: '/v1/invoices', headers: key(secret), body: '{"customerId":' }),
};
const often = { listInvoices: 3, createCustomer: 3, createInvoice: 4 };
export const mix = Object.keys(kinds).flatMap((name) => Array(often[name] ?? 1).fill(name));
