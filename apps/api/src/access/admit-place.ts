/** May a program call from where it calls: the key's rule and the organization's, both, by the function that the preview asks as well. */
import { hasCountries, isEverywhere, refusedByPlace, type PlaceRefusal, type PlaceRule } from '@pinebill/contract';
import type { KeyForAuth } from '../api-keys';
import { AppError } from '../platform/app-error';
import { placeRuleOf } from '../restrictions';

/** Throws `ip_blocked`, `ip_not_allowed` or `country_not_allowed`. The country is looked up only where a rule asks for it. */
export function admitPlace(ip: string | null, key: KeyForAuth, countryOf: (ip: string) => string | null): void {
  const [own, organization] = [placeRuleOf(key), organizationRule(key)];
  if (isEverywhere(own) && isEverywhere(organization)) return;
  const needsCountry = hasCountries(own) || hasCountries(organization);
  const caller = { ip, country: needsCountry && ip !== null ? countryOf(ip) : null };
  const reason = refusedByPlace(caller, own, organization);
  if (reason === null) return;
  throw new AppError(reason, { detail: details[reason](refusedByPlace(caller, own) !== reason) });
}

const organizationRule = (key: KeyForAuth): PlaceRule => ({
  allowedCidrs: key.organization_allowed_cidrs,
  deniedCidrs: key.organization_denied_cidrs,
  allowedCountries: key.organization_allowed_countries,
  deniedCountries: key.organization_denied_countries,
  unknownCountry: key.organization_unknown_country,
});

const details: Record<PlaceRefusal, (organization: boolean) => string> = {
  ip_blocked: () => 'The organization refuses calls from this network. If it is yours, ask an admin to lift the block.',
  ip_not_allowed: (organization) =>
    organization
      ? 'The organization lets programs in from certain networks only. Call from one of them, or ask an admin to add yours.'
      : 'The API key works from certain networks only. Call from one of them, or ask an admin for a key without this limit.',
  country_not_allowed: (organization) =>
    organization
      ? 'The organization lets programs in from certain countries only. Call from one of them, or ask an admin to add yours.'
      : 'The API key works from certain countries only. Call from one of them, or ask an admin for a key without this limit.',
};
