/** Who may do what: the whole policy on one screen. The guard and the console ask the same functions, so they cannot disagree. */
export const roles = ['admin', 'member', 'guest'] as const;
export type Role = (typeof roles)[number];

export const permissions = [
  'billing:read',
  'billing:write',
  'keys:read',
  'keys:write',
  'audit:read',
  'audit:export',
  'activity:read',
  'members:read',
  'members:write',
  'organization:read',
  'organization:write',
  'system:read',
  'reviews:read',
  'reviews:write',
  'incidents:read',
  'incidents:open',
  'incidents:write',
  'alerts:read',
  'alerts:write',
  'channels:read',
  'channels:write',
  'findings:read',
  'findings:write',
] as const;
export type Permission = (typeof permissions)[number];

const granted = {
  admin: permissions,
  member: [
    'billing:read',
    'billing:write',
    'keys:read',
    'audit:read',
    'audit:export',
    'activity:read',
    'members:read',
    'organization:read',
    'reviews:read',
    'incidents:read',
    'incidents:open', // and says something to them
    'alerts:read',
    'channels:read',
    'findings:read',
  ],
  guest: ['billing:read'], // guests never see the audit log, nor keys, people or plans
} as const satisfies Record<Role, readonly Permission[]>;

export const can = (role: Role, permission: Permission): boolean => (granted[role] as readonly Permission[]).includes(permission);

export const permissionsOf = (role: Role): readonly Permission[] => granted[role];

/** What an API key can be allowed to do. A program reaches only routes that name one of these. */
export const scopes = ['invoices:read', 'invoices:write', 'customers:read', 'customers:write', 'audit:read', 'audit:export'] as const;
export type Scope = (typeof scopes)[number];

/** Ordered from usable to dead; `revoked` is final. */
export const keyStates = ['active', 'expiring', 'disabled', 'quarantined', 'rotatedOut', 'expired', 'revoked'] as const;
export type KeyState = (typeof keyStates)[number];
