import { styled } from '@mui/material/styles';
import { mono } from '../theme';

const Text = styled('span')({ fontFamily: mono, fontSize: 13, overflowWrap: 'anywhere' });
const Country = styled('abbr')(({ theme }) => ({ marginLeft: 2, fontSize: 11, color: theme.palette.tone.muted, textDecoration: 'none' }));

let names: Intl.DisplayNames | null = null;
export function countryName(code: string): string {
  names ??= new Intl.DisplayNames(['en'], { type: 'region' });
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

export function Address({ ip, country = null }: { ip: string | null; country?: string | null }) {
  if (ip === null) return <span>–</span>;
  return (
    <>
      <Text>{ip}</Text>
      {country && (
        <>
          {' '}
          <Country title={countryName(country)}>{country}</Country>
        </>
      )}
    </>
  );
}
