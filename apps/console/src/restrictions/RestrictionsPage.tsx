import { can } from '@pinebill/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { ChangeRestrictions } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { AccessDenied } from '../layout/NotFound';
import { Page, PageSkeleton } from '../layout/Page';
import { useSession } from '../session/use-session';
import { BlockedNetworks } from './BlockedNetworks';
import { isOpen } from './PlaceFacts';
import { PlacePanel } from './PlacePanel';

export function RestrictionsPage() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const session = useSession();
  const mayRead = session !== null && can(session.role, 'organization:read');
  const { data, error, refetch } = useQuery({
    queryKey: ['restrictions'],
    queryFn: () => dataProvider.restrictions(),
    retry: false,
    enabled: mayRead,
  });
  if (!session) return <PageSkeleton />;
  if (!mayRead) return <AccessDenied />;
  if (!data && !error) return <PageSkeleton />;
  const mayChange = can(session.role, 'organization:write');
  const save = async (rule: ChangeRestrictions): Promise<void> => {
    const saved = await dataProvider.updateRestrictions(rule);
    queryClient.setQueryData(['restrictions'], saved);
  };
  return (
    <Page
      title="Restrictions"
      lead="From where programs may call with the keys of the organization. A key can be limited further on its own page; people at the console are not limited."
    >
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && isOpen(data) && (
        <Notice tone="unknown" style={{ marginBottom: 16, maxWidth: 640 }}>
          <strong>Keys work from everywhere</strong>
          <p>
            {mayChange
              ? 'A key that leaks is worth little outside of your own networks: limit all keys to them here.'
              : 'An admin can limit all keys to your own networks here.'}
          </p>
        </Notice>
      )}
      {data && <BlockedNetworks rule={data} mayChange={mayChange} onSave={save} />}
      {data && <PlacePanel rule={data} apiKeyId={null} mayChange={mayChange} onSave={save} />}
    </Page>
  );
}
