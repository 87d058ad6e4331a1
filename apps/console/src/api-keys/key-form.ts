/** From what an admin fills in to the body of `POST /v1/api-keys`, and from the API's objections back to the fields. */
import type { Scope } from '@pinebill/contract';
import type { ApiKey } from '../api-types';
import { problemOf } from '../elements/ProblemView';

export type KeyForm = {
  name: string;
  scopes: Scope[];
  service: string | null;
  team: string | null;
  environment: string | null;
  /** Days, `never`, or `date` with `lastDay`. */
  lifetime: string;
  lastDay: string;
  /** One a line, or with commas between. */
  networks: string;
};
type Body = {
  name: string;
  scopes: Scope[];
  service?: string | null | undefined;
  team?: string | null | undefined;
  environment?: string | null | undefined;
  expiresAt?: string | undefined;
  allowedCidrs?: string[] | null | undefined;
  replaces?: string | undefined;
};

export const lifetimes = [
  { id: '30', name: '30 days' },
  { id: '90', name: '90 days (recommended: keys are best rotated every 90 days)' },
  { id: '365', name: '1 year' },
  { id: 'date', name: 'A day of your choice' },
  { id: 'never', name: 'Never' },
];

export const emptyForm: KeyForm = {
  name: '',
  scopes: ['invoices:read', 'customers:read'],
  service: '',
  team: '',
  environment: 'production',
  lifetime: '90',
  lastDay: '',
  networks: '',
};

/** A replacement may do what the old key did, from where it did; only its name must differ. */
export const formLike = ({ scopes, service, team, environment, allowedCidrs }: ApiKey): KeyForm => ({
  ...emptyForm,
  scopes,
  service,
  team,
  environment,
  networks: (allowedCidrs ?? []).join('\n'),
});

export const networksOf = (text: string): string[] => text.split(/[\s,;]+/).filter((one) => one !== '');

/** The key works through the whole of its last day, as the reader's clock counts days. */
export function endOfDay(day: string): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + 1);
}

export function expiryOf({ lifetime, lastDay }: Pick<KeyForm, 'lifetime' | 'lastDay'>, now: Date): string | undefined {
  if (lifetime === 'never') return undefined;
  if (lifetime === 'date') return endOfDay(lastDay).toISOString();
  return new Date(now.getTime() + Number(lifetime) * 86_400_000).toISOString();
}

/** What is left out of a replacement is inherited, so what was emptied must be said. */
export function bodyOf(form: KeyForm, replaces: string | null, now: Date): Body {
  const nothing = replaces === null ? undefined : null;
  const text = (value: string | null): string | null | undefined => value?.trim() || nothing;
  const networks = networksOf(form.networks);
  return {
    name: form.name.trim(),
    scopes: form.scopes,
    service: text(form.service),
    team: text(form.team),
    environment: text(form.environment),
    expiresAt: expiryOf(form, now),
    allowedCidrs: networks.length > 0 ? networks : nothing,
    replaces: replaces ?? undefined,
  };
}

const fieldOf: Record<string, string> = { allowedCidrs: 'networks', expiresAt: 'lastDay' };

/** By field of the form; the first objection to each. */
export function objections(error: unknown, { networks }: Pick<KeyForm, 'networks'>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { pointer, expected } of problemOf(error).issues ?? []) {
    const [name = '', index] = pointer.replace(/^\//, '').split('/');
    const value = name === 'allowedCidrs' && index !== undefined ? networksOf(networks)[Number(index)] : undefined;
    found[fieldOf[name] ?? name] ??= value === undefined ? expected : `${value}: ${expected}`;
  }
  return found;
}
