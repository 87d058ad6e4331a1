import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import type { ReactNode } from 'react';
import { LinkBase, useLocation } from 'react-admin';
import { placeAt, visibleSections, type Viewer } from './navigation';

const Nav = styled('nav')(({ theme }) => ({
  display: 'flex',
  flexDirection: 'column',
  gap: 2,
  padding: '0 8px 16px',
  overflowY: 'auto',
  '& h2': { margin: '14px 10px 4px', fontSize: 12, fontWeight: 500, lineHeight: '16px', color: theme.palette.tone.muted },
  '& hr': { width: 24, margin: '10px 8px', border: 0, borderTop: `1px solid ${theme.palette.tone.line}` },
  '& ul': { listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 1 },
}));
const Entry = styled(LinkBase)(({ theme }) => {
  const { secondary, hover, text, line, page, accent } = theme.palette.tone;
  return {
    display: 'flex',
    alignItems: 'center',
    gap: 10,
    height: 32,
    padding: '0 10px',
    borderRadius: 6,
    border: '1px solid transparent',
    color: secondary,
    fontSize: 13,
    fontWeight: 500,
    textDecoration: 'none',
    whiteSpace: 'nowrap',
    '@media (pointer: coarse)': { height: 40 },
    '&:hover': { background: hover, color: text },
    '&[aria-current]': { background: page, borderColor: line, color: text, '& svg': { color: accent } },
    '& svg': { fontSize: 17, flex: 'none' },
  };
});

type Props = { viewer: Viewer; collapsed: boolean; onGo?: () => void; children: ReactNode };

export function Rail({ viewer, collapsed, onGo, children }: Props) {
  const { pathname } = useLocation();
  const here = placeAt(pathname);
  return (
    <Nav aria-label="Main">
      {children}
      {visibleSections(viewer).map(({ label, places }) => (
        <div key={label ?? ''}>
          {label !== null && (collapsed ? <hr /> : <h2>{label}</h2>)}
          <ul>
            {places.map((place) => (
              <li key={place.path}>
                <Tooltip title={collapsed ? place.label : ''} placement="right">
                  <Entry to={place.path} aria-label={place.label} aria-current={place === here ? 'page' : undefined} onClick={onGo}>
                    <place.icon aria-hidden />
                    {!collapsed && place.label}
                  </Entry>
                </Tooltip>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </Nav>
  );
}
