import Unfold from '@mui/icons-material/UnfoldMoreRounded';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import { useState } from 'react';
import { useDataProvider, useNavigate, useNotify } from 'react-admin';
import type { Session } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ActionMenu } from '../elements/ActionMenu';
import { useRefreshSession } from '../session/use-session';

const Name = styled('span')({
  fontSize: 13,
  fontWeight: 600,
  whiteSpace: 'nowrap',
  overflow: 'hidden',
  textOverflow: 'ellipsis',
  maxWidth: 200,
});

/** The organization one works in; a menu only for those who belong to several. */
export function OrganizationName({ session }: { session: Session }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const refresh = useRefreshSession();
  const navigate = useNavigate();
  const notify = useNotify();
  const others = session.organizations;
  if (others.length < 2) return <Name title={session.organization.name}>{session.organization.name}</Name>;
  const choose = async (id: string): Promise<void> => {
    setAnchor(null);
    try {
      const session = await dataProvider.switchOrganization(id);
      navigate('/');
      await refresh(session);
    } catch (error) {
      notify(error instanceof Error ? error.message : 'The organization could not be changed', { type: 'error' });
    }
  };
  return (
    <>
      <Button
        endIcon={<Unfold />}
        aria-haspopup="menu"
        aria-label={`Organization ${session.organization.name}: change`}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <Name>{session.organization.name}</Name>
      </Button>
      <ActionMenu label="Organizations" anchor={anchor} onClose={() => setAnchor(null)}>
        {others.map(({ id, name }) => (
          <MenuItem key={id} selected={id === session.organization.id} onClick={() => void choose(id)}>
            {name}
          </MenuItem>
        ))}
      </ActionMenu>
    </>
  );
}
