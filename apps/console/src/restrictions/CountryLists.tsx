import Button from '@mui/material/Button';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormHelperText from '@mui/material/FormHelperText';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { styled } from '@mui/material/styles';
import type { ReactNode } from 'react';
import { LinkBase } from 'react-admin';
import { Notice } from '../elements/Notice';
import { CountryPicker } from './CountryPicker';
import { hasCountryList, type CountryRule } from './place-form';

const Small = styled('span')({ fontSize: 13 });

type Props = {
  form: CountryRule;
  change: (changes: Partial<CountryRule>) => void;
  included: boolean;
  /** What is wrong with it, in words. */
  objection?: ReactNode;
};

/** `included`: whether the plan has limits by country. Where it has not, what is left from before can only be taken away. */
export function CountryLists({ form, change, included, objection = null }: Props) {
  const chosen = hasCountryList(form);
  return (
    <>
      {!included && (
        <Notice tone="unknown">
          Limits by country are in the enterprise plan. <LinkBase to="/plan">See the plans</LinkBase>
          {chosen && (
            <>
              <p>The countries below were set before the plan was changed. They stay in force until you take them away.</p>
              <div>
                <Button variant="outlined" onClick={() => change({ allowedCountries: [], deniedCountries: [] })}>
                  Take the countries away
                </Button>
              </div>
            </>
          )}
        </Notice>
      )}
      {(included || chosen) && (
        <>
          <CountryPicker
            label="Only from these countries"
            help="Empty: from every country."
            codes={form.allowedCountries}
            disabled={!included}
            onChange={(allowedCountries) => change({ allowedCountries })}
          />
          <CountryPicker
            label="Never from these countries"
            help="Also where they are among the allowed ones."
            codes={form.deniedCountries}
            disabled={!included}
            onChange={(deniedCountries) => change({ deniedCountries })}
          />
        </>
      )}
      {chosen && (
        <FormControl disabled={!included}>
          <FormLabel id="unknown-country" style={{ fontSize: 13, lineHeight: '20px' }}>
            Addresses whose country is not known: private networks, and some public ones
          </FormLabel>
          <RadioGroup
            aria-labelledby="unknown-country"
            value={form.unknownCountry ?? ''}
            onChange={(_, value) => change({ unknownCountry: value === 'allow' ? 'allow' : 'refuse' })}
          >
            <FormControlLabel value="refuse" control={<Radio size="small" />} label={<Small>Refuse them</Small>} />
            <FormControlLabel value="allow" control={<Radio size="small" />} label={<Small>Let them in</Small>} />
          </RadioGroup>
          {objection && (
            <FormHelperText error role="alert">
              {objection}
            </FormHelperText>
          )}
        </FormControl>
      )}
    </>
  );
}
