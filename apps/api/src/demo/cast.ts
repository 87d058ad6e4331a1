/**
 * Who plays in the demo: organizations, people, keys, and the machines that call. Shared by the history and by the live traffic, so that
 * both tell the same story. The addresses are arbitrary ones of public ranges, chosen for the country they are registered in; nothing is
 * ever sent to them.
 */
import type { Scope } from '@pinebill/contract';

export type Caller = { ip: string; agent: string };
export type Rhythm = 'office' | 'shop' | 'night' | 'steady';

export type CastKey = {
  handle: string;
  name: string;
  service: string;
  team: string;
  environment: string;
  scopes: readonly Scope[];
  createdDaysAgo: number;
  /** Days from now; negative: expired already. */
  expiresInDays?: number;
  /** `inIncident`: not by the seed, but in an incident that is staged (incidents.ts); whoever used it then uses the key that took its place. */
  revoked?: { daysAgo: number; reason: string; inIncident?: true };
  /** Handle of the key whose place it took. */
  replaces?: string;
  rhythm: Rhythm;
  /** Its part of the organization's ordinary traffic; 0: the key was never used. */
  share: number;
  callers: readonly Caller[];
  /** What it does for a living (see operations.ts). */
  does: readonly string[];
};

export type CastOrganization = {
  name: string;
  plan: 'starter' | 'enterprise';
  limits: { perKeyPerMinute: number; perOrganizationPerMinute: number } | null;
  keys: readonly CastKey[];
  customers: number;
  invoices: number;
  /** How many ordinary requests four weeks of history hold. */
  requests: number;
};

/** Signed in by anybody who reads this: they exist in the demo's own data directory and nowhere else. */
export const people = [
  { email: 'admin@larkspur.example', name: 'Ada Reyes', role: 'admin', password: 'demo admin 2025' },
  { email: 'member@larkspur.example', name: 'Milan Novak', role: 'member', password: 'demo member 2025' },
  { email: 'guest@larkspur.example', name: 'Grace Osei', role: 'guest', password: 'demo guest 2025' },
] as const;

export const browsers: readonly Caller[] = [
  {
    ip: '84.160.1.2',
    agent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15',
  },
  {
    ip: '87.140.33.81',
    agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  },
];

/** Strangers: the one who guesses keys, and the one who found an old key. */
export const guesser: Caller = { ip: '45.155.205.99', agent: 'python-requests/2.31.0' };
export const finder: Caller = { ip: '177.54.144.20', agent: 'curl/8.5.0' };
/** Who found a key in a shared notebook, and who has the key of the subscriptions. */
export const reader: Caller = { ip: '196.251.84.17', agent: 'Go-http-client/1.1' };
export const intruder: Caller = { ip: '103.152.118.24', agent: 'python-httpx/0.27.0' };

const reads: readonly Scope[] = ['invoices:read', 'customers:read'];
const all: readonly Scope[] = ['invoices:read', 'invoices:write', 'customers:read', 'customers:write'];

// prettier-ignore
export const larkspur: CastOrganization = {
  name: 'Larkspur Software',
  plan: 'enterprise',
  // Lower than the plan's 6,000, so that a warehouse in a hurry runs into them.
  limits: { perKeyPerMinute: 120, perOrganizationPerMinute: 3_000 },
  customers: 48,
  invoices: 260,
  requests: 108_000,
  keys: [
    {
      handle: 'production', name: 'Production API', service: 'checkout', team: 'payments', environment: 'production', scopes: all,
      createdDaysAgo: 74, rhythm: 'shop', share: 34, does: ['checkout', 'read'],
      callers: [
        { ip: '3.120.44.17', agent: 'pinebill-node/2.4.1 (checkout 118)' },
        { ip: '3.121.9.203', agent: 'pinebill-node/2.4.1 (checkout 118)' },
        { ip: '18.196.12.80', agent: 'pinebill-node/2.4.0 (checkout 117)' },
      ],
    },
    {
      handle: 'mobile', name: 'Mobile backend', service: 'mobile-api', team: 'apps', environment: 'production', scopes: all,
      createdDaysAgo: 61, rhythm: 'shop', share: 24, does: ['checkout', 'read'],
      callers: [
        { ip: '34.107.15.66', agent: 'okhttp/4.12.0' },
        { ip: '2a01:4f8:c17:9a2::1', agent: 'okhttp/4.12.0' },
      ],
    },
    {
      handle: 'subscriptions', name: 'Subscription billing', service: 'subscriptions', team: 'payments', environment: 'production', scopes: all,
      createdDaysAgo: 66, rhythm: 'steady', share: 7, does: ['checkout', 'read'],
      callers: [
        { ip: '18.197.61.10', agent: 'subscriptions/5.2 (ruby 3.4)' },
        { ip: '18.197.61.11', agent: 'subscriptions/5.2 (ruby 3.4)' },
      ],
    },
    {
      handle: 'warehouse', name: 'Data warehouse sync', service: 'warehouse', team: 'data', environment: 'production', scopes: reads,
      createdDaysAgo: 88, rhythm: 'night', share: 14, does: ['export'],
      callers: [{ ip: '52.58.101.9', agent: 'airbyte-source-http/1.1' }],
    },
    {
      handle: 'portal', name: 'Partner portal', service: 'partner-portal', team: 'partnerships', environment: 'production', scopes: reads,
      createdDaysAgo: 40, rhythm: 'office', share: 12, does: ['read'],
      callers: [
        { ip: '51.38.44.120', agent: 'GuzzleHttp/7' },
        { ip: '62.210.5.4', agent: 'GuzzleHttp/7' },
      ],
    },
    {
      handle: 'erp', name: 'ERP connector', service: 'erp-connector', team: 'partnerships', environment: 'production', scopes: all,
      createdDaysAgo: 19, rhythm: 'office', share: 0, does: [],
      callers: [{ ip: '20.50.2.118', agent: 'Apache-HttpClient/4.5.14 (Java/17.0.9)' }],
    },
    {
      handle: 'reporting', name: 'Monthly reporting', service: 'reporting', team: 'finance', environment: 'production',
      scopes: ['invoices:read', 'customers:read', 'audit:read'],
      createdDaysAgo: 85, expiresInDays: 5, rhythm: 'office', share: 5, does: ['export', 'auditing'],
      callers: [{ ip: '88.198.60.4', agent: 'python-httpx/0.28.1' }],
    },
    {
      handle: 'staging', name: 'Staging', service: 'checkout', team: 'payments', environment: 'staging', scopes: all,
      createdDaysAgo: 120, rhythm: 'office', share: 6, does: ['checkout', 'read'],
      callers: [
        { ip: '94.130.12.77', agent: 'pinebill-node/2.5.0-rc.1 (checkout)' },
        { ip: '87.140.33.81', agent: 'PostmanRuntime/7.43.0' },
      ],
    },
    {
      handle: 'ci', name: 'CI smoke tests', service: 'ci', team: 'platform', environment: 'test', scopes: reads,
      createdDaysAgo: 52, rhythm: 'office', share: 4, does: ['read', 'overreach'],
      callers: [
        { ip: '13.80.9.14', agent: 'pinebill-smoke/1.3' },
        { ip: '52.166.33.20', agent: 'pinebill-smoke/1.3' },
      ],
    },
    {
      handle: 'importer', name: 'Legacy importer', service: 'importer', team: 'operations', environment: 'production', scopes: reads,
      createdDaysAgo: 412, rhythm: 'night', share: 1, does: ['read'],
      callers: [{ ip: '54.229.18.6', agent: 'importer/0.9 (perl)' }],
    },
    {
      handle: 'notebook', name: 'Analytics notebook', service: 'analytics', team: 'data', environment: 'production', scopes: reads,
      createdDaysAgo: 58, revoked: { daysAgo: 12, reason: 'Shared in a notebook', inIncident: true }, rhythm: 'night', share: 1, does: ['export'],
      callers: [{ ip: '142.132.180.9', agent: 'nightly-report/1.4 (pandas)' }],
    },
    {
      handle: 'notebook2', name: 'Analytics nightly', service: 'analytics', team: 'data', environment: 'production', scopes: reads,
      createdDaysAgo: 12, replaces: 'notebook', rhythm: 'night', share: 1, does: ['export'],
      callers: [{ ip: '142.132.180.9', agent: 'nightly-report/1.4 (pandas)' }],
    },
    {
      handle: 'contractor', name: 'Contractor laptop', service: 'scripts', team: 'operations', environment: 'production', scopes: reads,
      createdDaysAgo: 33, revoked: { daysAgo: 9, reason: 'The contract ended.' }, rhythm: 'office', share: 1, does: ['read'],
      callers: [{ ip: '178.62.5.10', agent: 'HTTPie/3.2.4' }],
    },
    {
      handle: 'trial', name: 'Trial integration', service: 'trial', team: 'sales', environment: 'test', scopes: reads,
      createdDaysAgo: 42, expiresInDays: -12, rhythm: 'steady', share: 1, does: ['read'],
      callers: [{ ip: '35.180.44.12', agent: 'axios/1.8.1' }],
    },
    {
      handle: 'backup', name: 'Backup reader', service: 'backup', team: 'platform', environment: 'production', scopes: ['invoices:read'],
      createdDaysAgo: 30, rhythm: 'steady', share: 0, does: [], callers: [],
    },
  ],
};

// prettier-ignore
/** A second organization on the smallest plan: its rows are nobody else's, and nobody else's are its. */
export const bakery: CastOrganization = {
  name: 'Corner Bakery',
  plan: 'starter',
  limits: null,
  customers: 9,
  invoices: 30,
  requests: 4_000,
  keys: [
    {
      handle: 'till', name: 'Till', service: 'till', team: 'shop', environment: 'production', scopes: all,
      createdDaysAgo: 50, rhythm: 'shop', share: 1, does: ['checkout', 'read'],
      callers: [{ ip: '84.17.46.2', agent: 'till/3.1 (Android 15)' }],
    },
  ],
};

export const cast = [larkspur, bakery] as const;
