/** Tells whoever asked for an export, on whichever page they are by then, that it is ready or failed. On the page of exports they see it anyway. */
import Close from '@mui/icons-material/CloseRounded';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import { useQueries } from '@tanstack/react-query';
import { useEffect } from 'react';
import { HttpError, LinkBase, useDataProvider, useLocation } from 'react-admin';
import type { ExportView } from '../api-types';
import { numberOf } from '../elements/figures';
import { forgetExport } from './awaited';
import { downloadPath, isOpen, sourceWords } from './export-words';

const pollMs = 3_000;
const Corner = styled('div')({ position: 'fixed', right: 16, bottom: 16, zIndex: 1200, display: 'grid', gap: 8, width: 'min(360px, calc(100vw - 32px))' }); // prettier-ignore
const Card = styled('div')(({ theme }) => ({
  position: 'relative',
  padding: '12px 44px 12px 16px',
  border: `1px solid ${theme.palette.tone.strongLine}`,
  borderRadius: 8,
  background: theme.palette.tone.raised,
  boxShadow: '0 6px 24px rgb(0 0 0 / 18%)',
  fontSize: 13,
  lineHeight: '20px',
  '& strong': { display: 'block', fontWeight: 600 },
  '& > div': { display: 'flex', flexWrap: 'wrap', gap: 8, marginTop: 10 },
}));

const isGone = (error: unknown): boolean => error instanceof HttpError && (error.status === 404 || error.status === 403);

function Ended({ shown }: { shown: ExportView }) {
  const ready = shown.state === 'ready';
  const what = sourceWords[shown.source];
  const forget = (): void => forgetExport(shown.id);
  return (
    <Card>
      <strong>{ready ? 'Your export is ready' : 'Your export failed'}</strong>
      {ready ? `${what}, ${numberOf(shown.rows, 'row')}.` : `${what}. ${shown.failure?.detail ?? ''}`}
      <div>
        {ready && (
          <Button size="small" variant="contained" component="a" href={downloadPath(shown.id)} download onClick={forget}>
            Download
          </Button>
        )}
        <Button size="small" variant="outlined" component={LinkBase} to={`/exports?export=${shown.id}`} onClick={forget}>
          {ready ? 'Show export' : 'See why'}
        </Button>
      </div>
      <IconButton size="small" aria-label="Dismiss" onClick={forget} style={{ position: 'absolute', top: 6, right: 6 }}>
        <Close fontSize="small" />
      </IconButton>
    </Card>
  );
}

export function ReadyNotice({ ids }: { ids: readonly string[] }) {
  const dataProvider = useDataProvider();
  const { pathname } = useLocation();
  const asked = useQueries({
    queries: ids.map((id) => ({
      queryKey: ['exports', 'awaited', id],
      queryFn: async () => (await dataProvider.getOne<ExportView>('exports', { id })).data,
      retry: false,
      refetchInterval: ({ state }: { state: { data?: ExportView } }) => (!state.data || isOpen(state.data) ? pollMs : false),
    })),
  });
  const onPage = pathname === '/exports';
  const ended = asked.flatMap(({ data }) => (data && !isOpen(data) ? [data] : []));
  // Deleted, of another organization, or seen where it is listed, or cancelled: nobody waits for it any more.
  const over = ids.filter((_, index) => isGone(asked[index]?.error)).concat(ended.filter(({ state, failure }) => onPage || state === 'expired' || failure?.code === 'cancelled').map(({ id }) => id)); // prettier-ignore
  useEffect(() => over.forEach(forgetExport), [over]);
  return (
    <Corner role="status">
      {ended
        .filter(({ id }) => !over.includes(id))
        .map((shown) => (
          <Ended key={shown.id} shown={shown} />
        ))}{' '}
      {/* prettier-ignore */}
    </Corner>
  );
}
