import type { AccessReview } from '../api-types';

type Concern = AccessReview['concerns'][number];

/** What stands out, and what to do about it. */
export const concernWords: Record<Concern['code'], { what: (subject: string) => string; next: string; at: (id: string | null) => string }> =
  {
    single_admin: {
      what: (subject) => `${subject} is the only admin.`,
      next: 'Make somebody else an admin as well, or nobody can act while they are away.',
      at: () => '/members',
    },
    admin_without_second_factor: {
      what: (subject) => `${subject} is an admin without a second factor.`,
      next: 'Ask them to set one up under Settings.',
      at: () => '/members',
    },
    admin_absent: {
      what: (subject) => `${subject} is an admin and has not signed in for 90 days.`,
      next: 'Give them another role, or suspend them, if they no longer need it.',
      at: () => '/members',
    },
    admin_invited: {
      what: (subject) => `${subject} is invited as an admin.`,
      next: 'Withdraw the invitation if it is no longer meant.',
      at: () => '/members',
    },
    key_of_former_member: {
      what: (subject) => `${subject} was made by somebody who has left, and has seen its secret.`,
      next: 'Replace the key, then revoke it.',
      at: (id) => `/api-keys/${id ?? ''}/show`,
    },
    key_of_suspended_member: {
      what: (subject) => `${subject} was made by somebody who is suspended, and has seen its secret.`,
      next: 'Replace the key, then revoke it.',
      at: (id) => `/api-keys/${id ?? ''}/show`,
    },
  };

export const accessWords = { manage: 'Makes and revokes', read: 'Sees them, masked', none: 'None' } as const;
export const stateWords = {
  active: { label: 'Active', tone: 'success' },
  suspended: { label: 'Suspended', tone: 'client' },
  invited: { label: 'Invited', tone: 'redirect' },
  left: { label: 'Left', tone: 'server' },
} as const;
export const factorWord = (secondFactor: boolean | null): string => (secondFactor === null ? '–' : secondFactor ? 'Yes' : 'No');
