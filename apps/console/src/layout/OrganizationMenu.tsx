/** The organizations of a person, to change to; from home, an admin makes another. With many of them there is a search instead of a long menu. */
import Add from '@mui/icons-material/AddRounded';
import Button from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import MenuItem from '@mui/material/MenuItem';
import Popover from '@mui/material/Popover';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { can } from '@pinebill/contract';
import { useState } from 'react';
import type { Session } from '../api-types';
import { ActionMenu } from '../elements/ActionMenu';
import { NewOrganization } from './NewOrganization';

/** Beyond this a menu is read, not seen. */
const MENU_SIZE = 8;

const Box = styled('div')(({ theme }) => ({
  display: 'grid',
  gap: 8,
  width: 300,
  padding: 12,
  '& ul': { listStyle: 'none', margin: 0, padding: 0, maxHeight: 320, overflowY: 'auto' },
  '& li > button': { width: '100%', justifyContent: 'space-between', textAlign: 'left', color: theme.palette.tone.text },
  '& small': { color: theme.palette.tone.muted, fontSize: 12, marginLeft: 12 },
  '& p': { margin: 0, fontSize: 13, color: theme.palette.tone.secondary },
}));

type Props = { session: Session; anchor: HTMLElement | null; onClose: () => void; onChoose: (id: string) => void };
type Organization = Session['organizations'][number];

const mayFound = ({ role, organization }: Session): boolean => organization.isHome && can(role, 'organization:write');

function Search({
  organizations,
  current,
  onChoose,
}: {
  organizations: readonly Organization[];
  current: string;
  onChoose: (id: string) => void;
}) {
  // prettier-ignore
  const [text, setText] = useState('');
  const found = organizations.filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <>
      <TextField size="small" label="Find an organization" value={text} autoFocus onChange={(event) => setText(event.target.value)} />
      <ul aria-label="Organizations">
        {found.map(({ id, name, role }) => (
          <li key={id}>
            <Button aria-current={id === current || undefined} onClick={() => onChoose(id)}>
              {name}
              <small>{id === current ? 'here' : role}</small>
            </Button>
          </li>
        ))}
      </ul>
      <p role="status">{found.length === 0 ? 'None of your organizations is called so. Try fewer letters.' : ''}</p>
    </>
  );
}

export function OrganizationMenu({ session, anchor, onClose, onChoose }: Props) {
  const [founding, setFounding] = useState(false);
  const { organizations, organization } = session;
  if (founding) return <NewOrganization onClose={onClose} onMade={onChoose} />;
  if (organizations.length > MENU_SIZE)
    return (
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={onClose}
        anchorOrigin={{ horizontal: 'left', vertical: 'bottom' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': 'Change the organization' } }}
      >
        <Box>
          <Search organizations={organizations} current={organization.id} onChoose={onChoose} />
          {mayFound(session) && (
            <Button startIcon={<Add />} onClick={() => setFounding(true)}>
              New organization…
            </Button>
          )}
        </Box>
      </Popover>
    );
  return (
    <ActionMenu label="Organizations" anchor={anchor} onClose={onClose}>
      {organizations.map(({ id, name }) => (
        <MenuItem key={id} selected={id === organization.id} onClick={() => onChoose(id)}>
          {name}
        </MenuItem>
      ))}
      {mayFound(session) && <Divider />}
      {mayFound(session) && <MenuItem onClick={() => setFounding(true)}>New organization…</MenuItem>}
    </ActionMenu>
  );
}
