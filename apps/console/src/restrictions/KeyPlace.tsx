/** The part "Where it works" of a key's page: the key's own rule, and the organization's beside it. */
import { useQuery } from '@tanstack/react-query';
import { LinkBase, useDataProvider, useRefresh } from 'react-admin';
import type { ApiKey } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { Part } from '../layout/Page';
import { useCan } from '../session/use-session';
import { PlaceFacts, isOpen } from './PlaceFacts';
import { PlacePanel } from './PlacePanel';

const over: ReadonlySet<ApiKey['state']> = new Set(['revoked', 'expired', 'rotatedOut']);

export function KeyPlace({ apiKey }: { apiKey: ApiKey }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const refresh = useRefresh();
  const mayChange = useCan('keys:write') && !over.has(apiKey.state);
  const { data: organization, error } = useQuery({
    queryKey: ['restrictions'],
    queryFn: () => dataProvider.restrictions(),
    retry: false,
  });
  return (
    <Part>
      <h2>Where it works</h2>
      <PlacePanel
        rule={apiKey}
        apiKeyId={apiKey.id}
        mayChange={mayChange}
        onSave={async (rule) => {
          await dataProvider.update('api-keys', { id: apiKey.id, data: rule, previousData: apiKey });
          refresh();
        }}
      />
      {error && <ProblemView error={error} />}
      {organization && !isOpen(organization) && (
        <div style={{ marginTop: 16, maxWidth: 560 }}>
          <p style={{ margin: '0 0 4px', fontSize: 13 }}>
            The <LinkBase to="/restrictions">restrictions of the organization</LinkBase> hold as well: a call must be let in by both.
          </p>
          <PlaceFacts rule={organization} />
        </div>
      )}
    </Part>
  );
}
