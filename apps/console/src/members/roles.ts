import type { Role } from '@pinebill/contract';

export const roleMeaning: Record<Role, string> = {
  admin: 'Everything: creates and revokes keys, invites people, changes settings',
  member: 'Reads the API log, keys, people and plan; works with invoices and customers',
  guest: 'Reads invoices and customers; sees nothing of the API log',
};
