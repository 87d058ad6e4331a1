/** A link that opens the editor of a rule with something in it, to be checked against the log before anything is saved: `?restrict&networks=203.0.113.0/24&countries=DE,AT`. */
import { normalNetwork } from '@pinebill/contract';
import type { PlaceView } from '../api-types';

export type Proposal = Partial<Pick<PlaceView, 'allowedCidrs' | 'allowedCountries' | 'unknownCountry'>>;

const parts = (text: string | null): string[] => (text ?? '').split(',').filter(Boolean);

/** Null: the link proposes nothing. What is no network and no country in it is left out. */
export function proposalIn(search: string): Proposal | null {
  const parameters = new URLSearchParams(search);
  if (!parameters.has('restrict')) return null;
  const networks = parts(parameters.get('networks')).filter((one) => normalNetwork(one) !== null);
  const countries = parts(parameters.get('countries')).filter((one) => /^[A-Z]{2}$/.test(one));
  return {
    ...(networks.length > 0 ? { allowedCidrs: networks } : {}),
    ...(countries.length > 0 ? { allowedCountries: countries, unknownCountry: 'refuse' as const } : {}),
  };
}

const merged = (known: readonly string[] | null, proposed: readonly string[] | null = null): string[] | null =>
  known === null && proposed === null ? null : [...new Set([...(known ?? []), ...(proposed ?? [])])];

/** What is proposed is added to the lists that are there: nobody is shut out by a click. How unknown countries are treated stays as it was chosen. */
export const withProposal = <T extends PlaceView>(rule: T, proposed: Proposal | null): T =>
  proposed === null
    ? rule
    : {
        ...rule,
        allowedCidrs: merged(rule.allowedCidrs, proposed.allowedCidrs),
        allowedCountries: merged(rule.allowedCountries, proposed.allowedCountries),
        unknownCountry: rule.unknownCountry ?? proposed.unknownCountry ?? null,
      };

export function proposalLink(
  path: string,
  { networks = [], countries = [] }: { networks?: readonly string[]; countries?: readonly string[] },
): string {
  const parameters = new URLSearchParams({ restrict: '' });
  if (networks.length > 0) parameters.set('networks', networks.join(','));
  if (countries.length > 0) parameters.set('countries', countries.join(','));
  return `${path}?${parameters.toString()}`;
}
