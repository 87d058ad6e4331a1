import { styled } from '@mui/material/styles';

const Link = styled('a')(({ theme }) => ({ color: theme.palette.tone.muted, fontSize: 12, lineHeight: '16px' }));

/** The licence of the country database asks for this link on every page that shows a country. */
export function CountryCredit() {
  return (
    <Link href="https://db-ip.com" target="_blank" rel="noopener noreferrer">
      IP Geolocation by DB-IP
    </Link>
  );
}
