/** The rule of a key or of the organization between its columns, a request's body and what leaves. */
import { everywhere, hasCountries, normalNetwork, plans, unknownCountryOf, type PlaceRule, type PlanName } from '@pinebill/contract';
import { AppError } from '../platform/app-error';
import type { ChangeRestrictions, PlaceFields, PlaceView, RestrictionsView } from './restrictions.dto';

export type PlaceColumns = {
  allowed_cidrs: string[] | null;
  allowed_countries: string[] | null;
  denied_countries: string[] | null;
  unknown_country: PlaceRule['unknownCountry'];
  /** Of an organization. */
  denied_cidrs?: string[] | null;
};

/** The lists themselves, not copies: the door recognises a list of networks that it has read before. */
export const placeRuleOf = (row: PlaceColumns): PlaceRule => ({
  allowedCidrs: row.allowed_cidrs,
  deniedCidrs: row.denied_cidrs ?? null,
  allowedCountries: row.allowed_countries,
  deniedCountries: row.denied_countries,
  unknownCountry: row.unknown_country,
});

export const placeColumnsOf = (rule: PlaceRule): PlaceColumns & { denied_cidrs: string[] | null } => ({
  allowed_cidrs: copy(rule.allowedCidrs),
  allowed_countries: copy(rule.allowedCountries),
  denied_countries: copy(rule.deniedCountries),
  unknown_country: rule.unknownCountry,
  denied_cidrs: copy(rule.deniedCidrs),
});

const copy = (list: readonly string[] | null): string[] | null => (list === null ? null : [...list]);

/** What was sent takes the place of what was; the choice about unknown countries is written down as soon as there are countries. */
export function changedRule(before: PlaceRule, fields: PlaceFields & Pick<ChangeRestrictions, 'deniedCidrs'>): PlaceRule {
  const { allowedCidrs, deniedCidrs, allowedCountries, deniedCountries, unknownCountry } = fields;
  const rule: PlaceRule = {
    allowedCidrs: allowedCidrs === undefined ? before.allowedCidrs : normalNetworks(allowedCidrs),
    deniedCidrs: deniedCidrs === undefined ? before.deniedCidrs : normalNetworks(deniedCidrs),
    allowedCountries: allowedCountries === undefined ? before.allowedCountries : allowedCountries,
    deniedCountries: deniedCountries === undefined ? before.deniedCountries : deniedCountries,
    unknownCountry: unknownCountry === undefined ? before.unknownCountry : unknownCountry,
  };
  return { ...rule, unknownCountry: hasCountries(rule) ? unknownCountryOf(rule) : (unknownCountry ?? null) };
}

/** The whole rule. What is left out is not limited; networks that are refused stay so until it is said that they are not: nobody lifts a block by forgetting it. */
export const newRule = (
  fields: PlaceFields & Pick<ChangeRestrictions, 'deniedCidrs'>,
  { deniedCidrs }: PlaceRule = everywhere,
): PlaceRule => changedRule({ ...everywhere, deniedCidrs }, fields);

/** Validated before: what is no network does not come here. */
const normalNetworks = (networks: string[] | null): string[] | null =>
  networks === null ? null : [...new Set(networks.map((one) => normalNetwork(one) ?? one))];

const sorted = (list: readonly string[] | null): string[] | null => (list === null ? null : [...list].sort());
const countriesOf = (rule: PlaceRule): string =>
  JSON.stringify(
    hasCountries(rule) ? [sorted(rule.allowedCountries), sorted(rule.deniedCountries), unknownCountryOf(rule)] : 'no countries',
  );
export const sameRule = (one: PlaceRule, other: PlaceRule): boolean =>
  countriesOf(one) === countriesOf(other) &&
  JSON.stringify(sorted(one.allowedCidrs)) === JSON.stringify(sorted(other.allowedCidrs)) &&
  JSON.stringify(sorted(one.deniedCidrs)) === JSON.stringify(sorted(other.deniedCidrs));

/**
 * Limits by country are in the enterprise plan. What was set before a change of plan stays in force, for a lower plan must not open a door; it
 * can be kept as it is and taken away, and not be changed into another one.
 */
export function requirePlanFor(plan: PlanName, before: PlaceRule, after: PlaceRule): void {
  if (plans[plan].geographicRestrictions || !hasCountries(after) || countriesOf(before) === countriesOf(after)) return;
  throw new AppError('plan_required', {
    detail: 'Limits by country need the enterprise plan. Leave the countries out or as they are, or change the plan.',
  });
}

/** A plain object, so that it can stand among the members of a larger answer, or of an activity entry. */
export const toPlaceView = (rule: PlaceRule): Pick<PlaceView, keyof PlaceView> => ({
  allowedCidrs: copy(rule.allowedCidrs),
  allowedCountries: copy(rule.allowedCountries),
  deniedCountries: copy(rule.deniedCountries),
  unknownCountry: hasCountries(rule) ? unknownCountryOf(rule) : null,
});

export const toRestrictionsView = (rule: PlaceRule): Pick<RestrictionsView, keyof RestrictionsView> => ({
  ...toPlaceView(rule),
  deniedCidrs: copy(rule.deniedCidrs),
});
