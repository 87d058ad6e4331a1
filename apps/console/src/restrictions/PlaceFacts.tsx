import type { PlaceView } from '../api-types';
import { CountryCredit } from '../elements/CountryCredit';
import { FactList } from '../elements/FactList';
import { MonoText } from '../elements/Mono';
import { countryNames } from './countries';

const networks = (list: readonly string[] | null) =>
  list === null ? (
    'Every network'
  ) : (
    <>
      {list.map((one) => (
        <div key={one}>
          <MonoText>{one}</MonoText>
        </div>
      ))}
    </>
  );

/** A rule in words. */
export function PlaceFacts({ rule }: { rule: PlaceView }) {
  const { allowedCidrs, allowedCountries, deniedCountries, unknownCountry } = rule;
  const hasCountries = allowedCountries !== null || deniedCountries !== null;
  return (
    <>
      <FactList
        facts={[
          { label: 'Networks', value: networks(allowedCidrs) },
          {
            label: 'Countries',
            value: allowedCountries ? `Only ${countryNames(allowedCountries)}` : hasCountries ? null : 'Every country',
          },
          { label: 'Never from', value: deniedCountries && countryNames(deniedCountries) },
          {
            label: 'Unknown country',
            value: hasCountries ? (unknownCountry === 'refuse' ? 'Refused' : 'Let in') : null,
          },
        ]}
      />
      {hasCountries && (
        <div>
          <CountryCredit />
        </div>
      )}
    </>
  );
}

export const isOpen = ({ allowedCidrs, allowedCountries, deniedCountries }: PlaceView): boolean =>
  allowedCidrs === null && allowedCountries === null && deniedCountries === null;
