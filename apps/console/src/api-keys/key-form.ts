/** From what an admin fills in to the body of `POST /v1/api-keys`, and from the API's objections back to the fields. */
import type { Scope } from '@pinebill/contract';
import type { ApiKey, PlaceFields } from '../api-types';
import { problemOf } from '../elements/ProblemView';
import { countriesOf, countryFields, everyCountry, type CountryRule } from '../restrictions/place-form';

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
  countries: CountryRule;
};
type Body = PlaceFields & {
  name: string;
  scopes: Scope[];
  service?: string | null | undefined;
  team?: string | null | undefined;
  environment?: string | null | undefined;
  expiresAt?: string | undefined;
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
  countries: everyCountry,
};

/** A replacement may do what the old key did, from where it did; only its name must differ. */
export const formLike = ({ scopes, service, team, environment, allowedCidrs, ...place }: ApiKey): KeyForm => ({
  ...emptyForm,
  scopes,
  service,
  team,
  environment,
  networks: (allowedCidrs ?? []).join('\n'),
  countries: countriesOf(place),
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

/** Left out where they are those of the replaced key: what is inherited stays in force under any plan, what is said must be in the plan. */
function countriesToSend(form: KeyForm, old: ApiKey | null): PlaceFields {
  const [wanted, inherited] = [countryFields(form.countries), countryFields(old ? countriesOf(old) : everyCountry)];
  return JSON.stringify(wanted) === JSON.stringify(inherited) ? {} : wanted;
}

/** What is left out of a replacement is inherited, so what was emptied must be said. */
export function bodyOf(form: KeyForm, old: ApiKey | null, now: Date): Body {
  const nothing = old === null ? undefined : null;
  const text = (value: string | null): string | null | undefined => value?.trim() || nothing;
  const networks = networksOf(form.networks);
  return {
    name: form.name.trim(),
    scopes: form.scopes,
    service: text(form.service),
    team: text(form.team),
    environment: text(form.environment),
    expiresAt: expiryOf(form, now),
    ...(networks.length > 0 ? { allowedCidrs: networks } : old && { allowedCidrs: null }),
    ...countriesToSend(form, old),
    replaces: old?.id,
  };
}

const fieldOf: Record<string, string> = {
  allowedCidrs: 'networks',
  allowedCountries: 'countries',
  deniedCountries: 'countries',
  unknownCountry: 'countries',
  expiresAt: 'lastDay',
};

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
