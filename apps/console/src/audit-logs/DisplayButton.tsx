import Tune from '@mui/icons-material/TuneRounded';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { lazy, memo, Suspense, useState } from 'react';
import type { Look, LookActions } from './use-look';

const DisplayMenu = lazy(async () => ({ default: (await import('./DisplayMenu')).DisplayMenu }));

/** How the list looks: columns, height of the rows, time zone. */
export const DisplayButton = memo(function DisplayButton({ look }: { look: Look & LookActions }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <Tooltip title="Columns, density, time zone">
        <IconButton
          size="small"
          aria-label="Columns, density, time zone"
          aria-haspopup="dialog"
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <Tune />
        </IconButton>
      </Tooltip>
      <Suspense fallback={null}>{anchor !== null && <DisplayMenu anchor={anchor} onClose={() => setAnchor(null)} look={look} />}</Suspense>
    </>
  );
});
