/** From what an admin fills in to a rule, and from a rule back to the form. */
import { normalNetwork, type UnknownCountry } from '@pinebill/contract';
import type { PlaceFields, PlaceView } from '../api-types';

export type CountryRule = {
  allowedCountries: string[];
  deniedCountries: string[];
  /** Null: not chosen yet; with a list of countries it must be. */
  unknownCountry: UnknownCountry | null;
};
export type PlaceForm = CountryRule & {
  /** One a line. */
  networks: string;
};

export const everyCountry: CountryRule = { allowedCountries: [], deniedCountries: [], unknownCountry: null };

export const MAX_NETWORKS = 100;

type CountryView = Pick<PlaceView, 'allowedCountries' | 'deniedCountries' | 'unknownCountry'>;

export const countriesOf = (rule: CountryView): CountryRule => ({
  allowedCountries: rule.allowedCountries ?? [],
  deniedCountries: rule.deniedCountries ?? [],
  unknownCountry: rule.unknownCountry,
});

export const formOf = (rule: PlaceView): PlaceForm => ({ networks: (rule.allowedCidrs ?? []).join('\n'), ...countriesOf(rule) });

type NetworkLine = { line: number; text: string; network: string | null };

/** Each line that holds something; commas separate as well. `network` is null where it is none. */
export function networkLines(text: string): NetworkLine[] {
  return text.split('\n').flatMap((content, index) =>
    content
      .split(/[\s,;]+/)
      .filter((one) => one !== '')
      .map((one) => ({ line: index + 1, text: one, network: normalNetwork(one) })),
  );
}

/** What is wrong with the networks, in words; null: nothing. */
export function networksObjection(text: string): string | null {
  const lines = networkLines(text);
  const wrong = lines.find(({ network }) => network === null);
  if (wrong) return `Line ${wrong.line}: ${wrong.text} is no address and no network. Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.`;
  return lines.length > MAX_NETWORKS ? `At most ${MAX_NETWORKS} networks: write larger ones in place of several small ones.` : null;
}

export const hasCountryList = ({ allowedCountries, deniedCountries }: Pick<PlaceForm, 'allowedCountries' | 'deniedCountries'>): boolean =>
  allowedCountries.length > 0 || deniedCountries.length > 0;

/** Whether the form can be sent. */
export const isComplete = (form: PlaceForm): boolean =>
  networksObjection(form.networks) === null && (!hasCountryList(form) || form.unknownCountry !== null);

const list = (values: string[]): string[] | null => (values.length > 0 ? values : null);

/** An emptied list is taken away. */
export const countryFields = (rule: CountryRule): CountryView => ({
  allowedCountries: list(rule.allowedCountries),
  deniedCountries: list(rule.deniedCountries),
  unknownCountry: hasCountryList(rule) ? rule.unknownCountry : null,
});

export function ruleOf(form: PlaceForm): PlaceFields {
  const networks = [...new Set(networkLines(form.networks).map(({ text, network }) => network ?? text))];
  return { allowedCidrs: list(networks), ...countryFields(form) };
}
