/** Where a key is used from, since when and with what: its addresses, countries and programs. */
import { styled } from '@mui/material/styles';
import type { LogField } from '@pinebill/contract';
import type { KeyUsage } from '../api-types';
import { emptyQuery, narrowed } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import { Address, AddressLink, countryName } from '../elements/Address';
import { CountryCredit } from '../elements/CountryCredit';
import { GroupTable } from '../elements/GroupTable';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { TimeStamp } from '../elements/TimeStamp';

const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 460px), 1fr))',
  gap: '24px 48px',
  alignItems: 'start',
  marginTop: 24,
  '& > section': { marginTop: '0 !important' },
});

type Props = { usage: KeyUsage; apiKeyId: string };

export function KeyCallers({ usage, apiKeyId }: Props) {
  const link = (field: LogField, value: string | null): string | null =>
    value === null || value === ''
      ? null
      : logLink(narrowed({ ...emptyQuery, from: usage.countedFrom, to: usage.to }, { apiKeyId, [field]: value }));
  return (
    <>
      {usage.countedFrom !== usage.from && (
        <Notice tone="client">
          The key made too many requests to look through all of them: addresses, programs and countries count from{' '}
          <TimeStamp at={usage.countedFrom} /> on.
        </Notice>
      )}
      <Columns>
        <GroupTable
          title="Addresses"
          head="Address"
          lines={usage.addresses.map(({ address, ...line }) => ({
            ...{ ...line, key: String(address), link: link('ip', address) },
            name: address === null ? 'Unknown' : <Address ip={address} />,
            beside: address !== null && <AddressLink ip={address} stop />,
          }))}
        />
        <GroupTable
          title="User agents"
          head="User agent"
          lines={usage.agents.map(({ agent, ...line }) => ({
            ...{ ...line, key: String(agent), link: link('userAgent', agent) },
            name: agent ? <MonoText>{agent}</MonoText> : 'None sent',
          }))}
        />
        <GroupTable
          title="Countries"
          head="Country"
          lines={usage.countries.map(({ country, ...line }) => ({
            ...{ ...line, key: String(country), link: link('country', country) },
            name: country === null ? 'Unknown' : `${countryName(country)} (${country})`,
          }))}
        >
          <CountryCredit />
        </GroupTable>
      </Columns>
    </>
  );
}
