import Unfold from '@mui/icons-material/UnfoldMoreRounded';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { can } from '@pinebill/contract';
import { lazy, Suspense, useState } from 'react';
import { useDataProvider, useNotify } from 'react-admin';
import type { Session } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { useEnterOrganization } from '../session/use-organization';

const OrganizationMenu = lazy(async () => ({ default: (await import('./OrganizationMenu')).OrganizationMenu }));

const Name = styled('span')({
  fontSize: 13,
  fontWeight: 600,
  whiteSpace: 'nowrap',
  overflow: 'hidden',
  textOverflow: 'ellipsis',
  maxWidth: 200,
  '@media (max-width: 640px)': { maxWidth: 120 },
});

/** The organization one works in; a menu for those who belong to several, or may make another. */
export function OrganizationName({ session }: { session: Session }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const enter = useEnterOrganization();
  const notify = useNotify();
  const { organization, organizations, role } = session;
  if (organizations.length < 2 && !(organization.isHome && can(role, 'organization:write')))
    return <Name title={organization.name}>{organization.name}</Name>;
  const choose = async (id: string): Promise<void> => {
    setAnchor(null);
    if (id === organization.id) return;
    try {
      await enter(await dataProvider.switchOrganization(id));
    } catch (error) {
      notify(error instanceof Error ? error.message : 'The organization could not be changed', { type: 'error' });
    }
  };
  return (
    <>
      <Button
        endIcon={<Unfold />}
        aria-haspopup="menu"
        aria-label={`Organization ${organization.name}: change`}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <Name>{organization.name}</Name>
      </Button>
      {anchor && (
        <Suspense fallback={null}>
          <OrganizationMenu session={session} anchor={anchor} onClose={() => setAnchor(null)} onChoose={(id) => void choose(id)} />
        </Suspense>
      )}
    </>
  );
}
