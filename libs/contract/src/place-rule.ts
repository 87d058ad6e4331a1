/**
 * From where a key may call: one pure function, asked by the door, by the preview over the log and by the console. Networks first, then
 * countries; every rule must let the caller in, so a key's own rule narrows its organization's and never widens it.
 */
import type { Reason } from './errors';
import { inNetworks } from './networks';

export const unknownCountryChoices = ['allow', 'refuse'] as const;
export type UnknownCountry = (typeof unknownCountryChoices)[number];

/** Null: no such limit. An address alone, and CIDR, as `normalNetwork` writes them; countries as ISO 3166-1 alpha-2, in capitals. */
export type PlaceRule = {
  allowedCidrs: readonly string[] | null;
  /** Refused, whatever else lets them in. Only an organization has them: a key that must not be used from somewhere is revoked. */
  deniedCidrs: readonly string[] | null;
  allowedCountries: readonly string[] | null;
  deniedCountries: readonly string[] | null;
  /** Of an address whose country is not known, where there is a list of countries. Null: as `unknownCountryOf` says. */
  unknownCountry: UnknownCountry | null;
};
export const everywhere: PlaceRule = {
  allowedCidrs: null,
  deniedCidrs: null,
  allowedCountries: null,
  deniedCountries: null,
  unknownCountry: null,
};

export type CallerPlace = { ip: string | null; country: string | null };
export type PlaceRefusal = Extract<Reason, 'ip_blocked' | 'ip_not_allowed' | 'country_not_allowed'>;

export const hasCountries = ({ allowedCountries, deniedCountries }: PlaceRule): boolean =>
  allowedCountries !== null || deniedCountries !== null;
export const isEverywhere = (rule: PlaceRule): boolean => rule.allowedCidrs === null && rule.deniedCidrs === null && !hasCountries(rule);

/** What was chosen; where nothing was, an unknown country is in no list: so not among the allowed, and not among the denied either. */
export const unknownCountryOf = ({ unknownCountry, allowedCountries }: PlaceRule): UnknownCountry =>
  unknownCountry ?? (allowedCountries === null ? 'allow' : 'refuse');

/** Why the caller is refused; null: let in by every rule. */
export function refusedByPlace(caller: CallerPlace, ...rules: readonly PlaceRule[]): PlaceRefusal | null {
  if (rules.some(({ deniedCidrs }) => deniedCidrs !== null && inNetworks(caller.ip, deniedCidrs))) return 'ip_blocked';
  if (rules.some(({ allowedCidrs }) => allowedCidrs !== null && !inNetworks(caller.ip, allowedCidrs))) return 'ip_not_allowed';
  if (rules.some((rule) => refusedByCountry(caller.country, rule))) return 'country_not_allowed';
  return null;
}

function refusedByCountry(country: string | null, rule: PlaceRule): boolean {
  if (!hasCountries(rule)) return false;
  if (country === null) return unknownCountryOf(rule) === 'refuse';
  const { allowedCountries, deniedCountries } = rule;
  return (allowedCountries !== null && !allowedCountries.includes(country)) || (deniedCountries?.includes(country) ?? false);
}
