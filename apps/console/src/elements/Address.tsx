import Arrow from '@mui/icons-material/ArrowOutwardRounded';
import { styled } from '@mui/material/styles';
import type { MouseEvent } from 'react';
import { LinkBase } from 'react-admin';
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

/** Where everything that is known of an address stands, or of its network in CIDR notation. */
export const addressPage = (address: string): string => `/audit-logs/addresses/${encodeURIComponent(address)}`;

const About = styled(LinkBase)(({ theme }) => ({
  display: 'inline-grid',
  placeItems: 'center',
  verticalAlign: 'middle',
  width: 20,
  height: 20,
  marginLeft: 2,
  borderRadius: 4,
  color: theme.palette.tone.muted,
  '&:hover': { color: theme.palette.tone.accent, background: theme.palette.tone.hover },
  '& svg': { fontSize: 14 },
  // Quiet until the row is looked at; there is no hover on a phone.
  '@media (hover: hover)': { 'tr:not(:hover, :focus-within) &': { opacity: 0 } },
  '@media (pointer: coarse)': { width: 32, height: 32 },
}));

/** Beside an address: to its page. Not among the stops of the keyboard in a long list, where the row's menu leads there too. */
export function AddressLink({ ip, stop = false }: { ip: string; stop?: boolean }) {
  return (
    <About
      to={addressPage(ip)}
      aria-label={`About ${ip}`}
      title={`About ${ip}`}
      tabIndex={stop ? 0 : -1}
      onClick={(event: MouseEvent) => event.stopPropagation()}
    >
      <Arrow aria-hidden />
    </About>
  );
}
