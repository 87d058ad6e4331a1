/** Everything that the log knows of an address, or of its network; each figure leads to the requests behind it. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { LinkBase, useDataProvider, useNavigate, useParams } from 'react-admin';
import type { AddressView } from '../api-types';
import { logLink } from '../audit-logs/use-log-query';
import type { ConsoleDataProvider } from '../data-provider';
import { Address, addressPage, countryName } from '../elements/Address';
import { Choice, Choices } from '../elements/Choices';
import { CountryCredit } from '../elements/CountryCredit';
import { EmptyState } from '../elements/EmptyState';
import { FactList } from '../elements/FactList';
import { KeyName } from '../elements/KeyName';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { StatusChip } from '../elements/StatusChip';
import { TimeStamp } from '../elements/TimeStamp';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { callerConditions, rowsOf, type Conditions } from './address-rows';
import { GroupTable, type GroupLine } from '../elements/GroupTable';
import { countText, percentileText } from '../elements/figures';
import { useCan } from '../session/use-session';

const OpenIncidentDialog = lazy(async () => ({ default: (await import('../incidents/OpenIncidentDialog')).OpenIncidentDialog }));

const HOUR_MS = 3_600_000;
const spans = [
  { label: '24 hours', hours: 24 },
  { label: '7 days', hours: 7 * 24 },
  { label: '30 days', hours: 30 * 24 },
  { label: 'Everything kept', hours: null },
] as const;

const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 420px), 1fr))',
  gap: '28px 48px',
  alignItems: 'start',
  '& > section': { marginTop: '0 !important' },
});

type Seen = { seen: AddressView };
const isNetwork = ({ address }: AddressView): boolean => address === null;

function Figures({ seen }: Seen) {
  const rows = (count: number, conditions: Conditions = {}): ReactNode =>
    count === 0 ? '0' : <LinkBase to={logLink(rowsOf(seen, seen.from, conditions))}>{countText(count)}</LinkBase>;
  return (
    <Part>
      <Columns>
        <FactList
          facts={[
            { label: 'First seen', value: <TimeStamp at={seen.firstSeenAt} missing="Not in this period" /> },
            { label: 'Last seen', value: <TimeStamp at={seen.lastSeenAt} missing="Not in this period" /> },
            !isNetwork(seen) && {
              label: 'Network',
              value: (
                <LinkBase to={addressPage(seen.network)}>
                  <Address ip={seen.network} />
                </LinkBase>
              ),
            },
            { label: 'Counted from', value: <TimeStamp at={seen.from} /> },
          ]}
        />
        <FactList
          facts={[
            { label: 'Requests', value: rows(seen.requests) },
            { label: '4xx', value: rows(seen.clientErrors, { status: '4xx' }) },
            { label: '5xx', value: rows(seen.serverErrors, { status: '5xx' }) },
            { label: 'Half within', value: percentileText(seen.p50Ms) },
            { label: '95 % within', value: percentileText(seen.p95Ms) },
            { label: '99 % within', value: percentileText(seen.p99Ms) },
          ]}
        />
      </Columns>
    </Part>
  );
}

const actors = { apiKey: 'A key that is gone', user: 'People, in the console', anonymous: 'Without a key', system: 'PineBill' } as const;

function linesOf(seen: AddressView) {
  const link = (conditions: Conditions): string => logLink(rowsOf(seen, seen.countedFrom, conditions));
  return {
    statuses: seen.statuses.map(({ status, ...line }): GroupLine => ({
      ...{ ...line, key: String(status), name: <StatusChip status={status} words /> },
      // The grammar has no word for "no answer".
      link: status === null ? null : link({ status: String(status) }),
    })),
    callers: seen.callers.map(({ apiKey, actorType, ...line }): GroupLine => ({
      ...{ ...line, key: apiKey?.id ?? actorType, name: apiKey ? <KeyName {...apiKey} /> : actors[actorType] },
      link: actorType === 'apiKey' && !apiKey ? null : link(callerConditions(actorType, apiKey)),
    })),
    countries: seen.countries.map(({ country, ...line }): GroupLine => ({
      ...{ ...line, key: String(country), name: country === null ? 'Unknown' : `${countryName(country)} (${country})` },
      link: country === null ? null : link({ country }),
    })),
    agents: seen.agents.map(({ agent, ...line }): GroupLine => ({
      ...{ ...line, key: String(agent), name: agent === null ? 'None sent' : <MonoText>{agent}</MonoText> },
      link: agent === null || agent === '' ? null : link({ userAgent: agent }),
    })),
  };
}

function Lists({ seen }: Seen) {
  const lines = linesOf(seen);
  return (
    <>
      {seen.countedFrom !== seen.from && (
        <Notice tone="client">
          There are too many requests to look through all of them: the lists below count from <TimeStamp at={seen.countedFrom} /> on. Choose
          a shorter period to see all of it.
        </Notice>
      )}
      <Columns style={{ marginTop: 28 }}>
        <GroupTable title="Status codes" head="Status" lines={lines.statuses} />
        <GroupTable title="Keys and callers" head="Caller" lines={lines.callers} />
        <GroupTable title="User agents" head="User agent" lines={lines.agents} />
        <GroupTable title="Countries" head="Country" lines={lines.countries}>
          <CountryCredit />
        </GroupTable>
        <Neighbours seen={seen} />
      </Columns>
    </>
  );
}

function Neighbours({ seen }: Seen) {
  const others = seen.neighbours.filter(({ address }) => address !== seen.address);
  return (
    <GroupTable
      title={isNetwork(seen) ? 'Addresses in it' : `Neighbours in ${seen.network}`}
      head="Address"
      measure="Errors"
      empty="Nobody else has called from this network in this period."
      lines={others.map(({ address, requests, errors }) => ({
        ...{ key: address, requests, measure: countText(errors), link: addressPage(address), name: <Address ip={address} /> },
      }))}
    />
  );
}

function Body({ seen }: Seen) {
  if (seen.requests === 0) {
    return (
      <>
        <EmptyState title="No request from here">
          Nobody has called from this {isNetwork(seen) ? 'network' : 'address'} since <TimeStamp at={seen.from} />. Choose a longer period;
          what the plan no longer keeps is not known.
        </EmptyState>
        {!isNetwork(seen) && <Neighbours seen={seen} />}
      </>
    );
  }
  return (
    <>
      <Figures seen={seen} />
      {!seen.exact && (
        <Notice tone="client">
          In this period there were more addresses than are told apart, so some requests from here may be missing in these figures.
        </Notice>
      )}
      <Lists seen={seen} />
    </>
  );
}

function IncidentButton({ address }: { address: string }) {
  const [opening, setOpening] = useState(false);
  if (!useCan('incidents:open')) return null;
  return (
    <>
      <Button variant="outlined" onClick={() => setOpening(true)}>
        Open incident…
      </Button>
      {opening && (
        <Suspense fallback={null}>
          <OpenIncidentDialog from={{ addresses: [address] }} onClose={() => setOpening(false)} />
        </Suspense>
      )}
    </>
  );
}

export function AddressPage() {
  const { address = '' } = useParams();
  const [hours, setHours] = useState<number | null>(null);
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const navigate = useNavigate();
  const from = useMemo(() => (hours === null ? undefined : new Date(Date.now() - hours * HOUR_MS).toISOString()), [hours]);
  const { data, error, refetch } = useQuery({
    queryKey: ['audit-logs', 'address', address, hours],
    queryFn: () => dataProvider.address(address, { from }),
    retry: false,
  });
  if (!data && !error) return <PageSkeleton />;
  return (
    <Page
      title={data ? (data.address ?? data.network) : address}
      lead="What the log knows of it, within the time that the plan keeps. Each figure leads to its requests."
      actions={
        data && (
          <>
            <Button variant="outlined" onClick={() => navigate(logLink(rowsOf(data, data.from, {})))}>
              Requests from here
            </Button>
            <IncidentButton address={data.address ?? data.network} />
          </>
        )
      }
    >
      <Choices label="Period">
        {spans.map((span) => (
          <Choice key={span.label} chosen={span.hours === hours} onClick={() => setHours(span.hours)}>
            {span.label}
          </Choice>
        ))}
      </Choices>
      {error ? <ProblemView error={error} retry={() => void refetch()} /> : <Body seen={data} />}
    </Page>
  );
}
