/** Ctrl K: go to a page, find a request, a key, an address. What was typed decides what is offered; the first offer is one Enter away. */
import Dialog from '@mui/material/Dialog';
import { styled } from '@mui/material/styles';
import { can } from '@pinebill/contract';
import { useId, useMemo, useState, type KeyboardEvent } from 'react';
import { useGetList, useNavigate } from 'react-admin';
import type { ApiKey } from '../api-types';
import { emptyQuery, writeQuery } from '../audit-logs/log-query';
import { readSearch, writeSearch } from '../audit-logs/search-text';
import { Hidden } from '../elements/Hidden';
import { visibleSections, type Viewer } from './navigation';

type Offer = { label: string; hint: string; path: string };

const Box = styled('div')(({ theme }) => ({
  '& input': {
    width: '100%',
    boxSizing: 'border-box',
    height: 52,
    padding: '0 18px',
    border: 0,
    borderBottom: `1px solid ${theme.palette.tone.line}`,
    outline: 'none',
    background: 'transparent',
    color: theme.palette.tone.text,
    font: 'inherit',
    fontSize: 15,
    '&::placeholder': { color: theme.palette.tone.muted, opacity: 1 },
  },
  '& ul': { listStyle: 'none', margin: 0, padding: 6, maxHeight: 380, overflowY: 'auto' },
  '& li': {
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    minHeight: 36,
    padding: '0 12px',
    borderRadius: 6,
    fontSize: 14,
    cursor: 'pointer',
    '&[aria-selected="true"]': { background: theme.palette.tone.selected },
    '& small': { marginLeft: 'auto', fontSize: 12, color: theme.palette.tone.muted, whiteSpace: 'nowrap' },
    '& span': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  },
  '& p': { margin: 0, padding: '16px 18px', color: theme.palette.tone.secondary, fontSize: 13 },
}));

function placesFor(viewer: Viewer, text: string): Offer[] {
  const wanted = text.toLowerCase();
  const create: Offer[] = can(viewer.role, 'keys:write') ? [{ label: 'Create an API key', hint: 'Do', path: '/api-keys/create' }] : [];
  const check: Offer[] = can(viewer.role, 'incidents:write')
    ? [{ label: 'Check a text for leaked keys', hint: 'Do', path: '/leak-check' }]
    : [];
  const places = visibleSections(viewer).flatMap(({ label: section, places: inside }) =>
    inside.map((place) => ({
      offer: { label: place.label, hint: section ?? 'Go to', path: place.path },
      words: `${section ?? ''} ${place.label} ${place.words ?? ''}`,
    })),
  );
  const incident: Offer[] = can(viewer.role, 'incidents:open') ? [{ label: 'Open an incident', hint: 'Do', path: '/incidents?new' }] : [];
  return [...places, ...[...create, ...check, ...incident].map((offer) => ({ offer, words: offer.label }))]
    .filter(({ words }) => words.toLowerCase().includes(wanted))
    .map(({ offer }) => offer);
}

function searchFor(text: string): Offer[] {
  if (text === '') return [];
  const { fields, trouble } = readSearch(text);
  if (trouble.length > 0 || Object.keys(fields).length === 0) return [];
  return [
    {
      label: `Requests with ${writeSearch(fields)}`,
      hint: 'API Logs',
      path: `/audit-logs?${writeQuery({ ...emptyQuery, preset: 'all', fields }).toString()}`,
    },
  ];
}

const keysFor = (keys: readonly ApiKey[], text: string): Offer[] =>
  text.length < 2
    ? []
    : keys
        .filter(
          ({ name, masked, id }) =>
            `${name} ${masked} ${id}`.toLowerCase().includes(text.toLowerCase()) ||
            (/^pbk_\w{20,}$/.test(text) && masked.endsWith(text.slice(-4))),
        )
        .slice(0, 5)
        .map(({ id, name, masked }) => ({ label: `${name} (${masked})`, hint: 'Key', path: `/api-keys/${id}/show` }));

/** About what was found by its name or address. */
function incidentsFor(viewer: Viewer, keys: readonly ApiKey[], text: string): Offer[] {
  if (!can(viewer.role, 'incidents:open')) return [];
  const about = (label: string, parameter: string, value: string): Offer => ({
    label: `Open incident about ${label}`,
    hint: 'Do',
    path: `/incidents?new&${parameter}=${encodeURIComponent(value)}`,
  });
  const ip = readSearch(text).fields.ip?.include ?? [];
  return [
    ...keysFor(keys, text)
      .slice(0, 2)
      .flatMap(({ path }) => keys.filter(({ id }) => path.includes(id)))
      .map(({ id, name }) => about(name, 'apiKeyId', id)),
    ...(ip.length === 1 && ip[0] ? [about(ip[0], 'address', ip[0])] : []),
  ];
}

export function CommandPalette({ viewer, onClose }: { viewer: Viewer; onClose: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const navigate = useNavigate();
  const { data: keys = [] } = useGetList<ApiKey>(
    'api-keys',
    { pagination: { page: 1, perPage: 200 } },
    { enabled: can(viewer.role, 'keys:read') && text.length >= 2 },
  );
  const offers = useMemo(() => {
    const wanted = text.trim();
    return [...searchFor(wanted), ...keysFor(keys, wanted), ...incidentsFor(viewer, keys, wanted), ...placesFor(viewer, wanted)];
  }, [keys, viewer, text]);
  const go = (offer: Offer | undefined): void => {
    if (!offer) return;
    onClose();
    navigate(offer.path);
  };
  const steer = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((now) => (now + step + offers.length) % Math.max(1, offers.length));
    } else if (event.key === 'Enter') go(offers[chosen]);
  };
  const option = (index: number): string => `${listId}-${index}`;
  return (
    <Dialog
      open
      onClose={onClose}
      aria-labelledby={`${listId}-title`}
      fullWidth
      maxWidth="sm"
      slotProps={{ paper: { style: { alignSelf: 'start', marginTop: '12vh' } } }}
    >
      <Box>
        <Hidden id={`${listId}-title`}>Go to or find</Hidden>
        <input
          autoFocus
          role="combobox"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={offers[chosen] ? option(chosen) : undefined}
          aria-label="Go to or find"
          placeholder="A page, a request ID, a key, an address, status:4xx…"
          value={text}
          onKeyDown={steer}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
        />
        <ul id={listId} role="listbox" aria-label="Offers">
          {offers.map((offer, index) => (
            <li
              key={`${offer.path} ${offer.label}`}
              id={option(index)}
              role="option"
              aria-selected={index === chosen}
              onMouseMove={() => setChosen(index)}
              onClick={() => go(offer)}
            >
              <span>{offer.label}</span>
              <small>{offer.hint}</small>
            </li>
          ))}
        </ul>
        {offers.length === 0 && (
          <p>Nothing of that name. Try a page, a request ID (req_…), the name of a key, an address, or a filter such as status:401.</p>
        )}
      </Box>
    </Dialog>
  );
}
