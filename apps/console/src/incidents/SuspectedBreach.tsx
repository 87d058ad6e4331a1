/** On a key and on a row of the log: what to do at once when somebody suspects a breach, and whom to call. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { LinkBase, useDataProvider, useGetList } from 'react-admin';
import type { IncidentSummary, SupportContact } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Mono } from '../elements/Mono';
import { Row } from '../layout/Page';
import { useCan } from '../session/use-session';
import { incidentPath } from './incident-words';
import { OpenIncidentDialog, type OpenFrom } from './OpenIncidentDialog';

const Box = styled('div')({ display: 'grid', gap: 8, maxWidth: 640, fontSize: 13, lineHeight: '20px', '& p': { margin: 0 } });

const hrefOf = (kind: SupportContact['kind'], address: string, subject: string): string =>
  kind === 'url' ? address : `mailto:${address}?subject=${encodeURIComponent(subject)}`;

/** Whom to ask, with what they will ask for already in the subject. */
export function SupportLine({ reference, what }: { reference: string; what: string }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data } = useQuery({
    queryKey: ['support-contact'],
    queryFn: () => dataProvider.supportContact(),
    staleTime: Infinity,
    retry: false,
  });
  const { kind = 'admins', addresses = [] } = data ?? {};
  return (
    <p>
      {kind === 'admins' ? 'Support is an admin of your organization' : 'Support'}
      {addresses.length > 0 && ': '}
      {addresses.map((address, index) => (
        <span key={address}>
          {index > 0 && ', '}
          <a href={hrefOf(kind, address, `PineBill ${what} ${reference}`)}>{address}</a>
        </span>
      ))}
      . Tell them the {what} <Mono copyLabel={`Copy the ${what}`}>{reference}</Mono>
    </p>
  );
}

export const packetPath = (id: string, format = 'pdf'): string => `/v1/incidents/${encodeURIComponent(id)}/support-packet?format=${format}`;

/** The incidents that are about it already. */
function Known({ incidents }: { incidents: readonly IncidentSummary[] }) {
  const mayContain = useCan('incidents:write');
  return incidents.map(({ id, number, title, containedAt }) => (
    <p key={id}>
      <LinkBase to={incidentPath(id, mayContain && containedAt === null ? 'contained' : undefined)}>
        Incident #{number}: {title}
      </LinkBase>{' '}
      is open. <a href={packetPath(id)}>Download its support packet</a>
    </p>
  ));
}

type Props = {
  from: OpenFrom;
  /** The key that is meant, if there is one and it can still be revoked. */
  onRevoke: (() => void) | null;
  apiKeyId: string | null;
  reference: { what: string; id: string };
  /** The redacted file about one request. */
  bundle?: string;
};

export function SuspectedBreach({ from, onRevoke, apiKeyId, reference, bundle }: Props) {
  const [opening, setOpening] = useState(false);
  const mayOpen = useCan('incidents:open');
  const { data: known = [] } = useGetList<IncidentSummary>(
    'incidents',
    { filter: { state: 'open', apiKeyId }, pagination: { page: 1, perPage: 5 } },
    { enabled: mayOpen && apiKeyId !== null, retry: false },
  );
  if (!mayOpen) return null;
  return (
    <Box>
      <p>
        {apiKeyId === null
          ? 'If you suspect a breach, open an incident and contact support.'
          : 'If you suspect that the key is in wrong hands, revoke the key immediately and contact support.'}
      </p>
      <Known incidents={known} />
      <Row>
        {onRevoke && (
          <Button variant="outlined" color="error" onClick={onRevoke}>
            Revoke now…
          </Button>
        )}
        <Button variant="outlined" onClick={() => setOpening(true)}>
          Open incident…
        </Button>
        {bundle && (
          <Button variant="outlined" href={bundle} download>
            Download support bundle
          </Button>
        )}
      </Row>
      <SupportLine reference={reference.id} what={reference.what} />
      {opening && <OpenIncidentDialog from={from} onClose={() => setOpening(false)} />}
    </Box>
  );
}
