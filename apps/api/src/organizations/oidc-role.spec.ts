import { roleOfClaim } from './oidc-role';

const map = { staff: 'member', 'audit-admins': 'admin', partners: 'guest' } as const;

it.each([
  [['staff'], 'member'],
  [['partners', 'audit-admins', 'staff'], 'admin'],
  ['partners', 'guest'],
  [['Staff'], null],
  [['constructor', '__proto__', 'toString'], null],
  [[], null],
  [undefined, null],
  [{ staff: true }, null],
  [[['staff']], null],
])('takes %j for %s', (claim, role) => {
  expect(roleOfClaim(claim, map)).toBe(role);
});
