/** The saved views beside the search: which one is open, whether it was changed, and the menu of all. */
import Bookmark from '@mui/icons-material/BookmarkBorderRounded';
import Expand from '@mui/icons-material/ExpandMoreRounded';
import Button from '@mui/material/Button';
import { lazy, memo, Suspense, useState } from 'react';
import { isEdited } from './saved-view';
import type { LogQuery } from './log-query';
import type { Look } from './use-look';
import { useSavedViews } from './use-saved-views';

const ViewsMenu = lazy(async () => ({ default: (await import('./ViewsMenu')).ViewsMenu }));

export type ViewsProps = { query: LogQuery; setQuery: (next: LogQuery) => void; look: Look };

export const ViewsButton = memo(function ViewsButton({ query, setQuery, look }: ViewsProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { views } = useSavedViews();
  const open = views?.find(({ id }) => id === query.view) ?? null;
  const edited = open !== null && isEdited(open, query, look);
  const label = open ? `${open.name}${edited ? ' · edited' : ''}` : 'Views';
  return (
    <>
      <Button
        variant="outlined"
        style={{ height: 34, maxWidth: 240 }}
        startIcon={<Bookmark />}
        endIcon={<Expand />}
        aria-haspopup="menu"
        aria-label={open ? `Saved views: ${label}` : 'Saved views'}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <span style={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>{label}</span>
      </Button>
      <Suspense fallback={null}>
        {anchor !== null && (
          <ViewsMenu
            anchor={anchor}
            onClose={() => setAnchor(null)}
            query={query}
            setQuery={setQuery}
            look={look}
            open={open}
            edited={edited}
          />
        )}
      </Suspense>
    </>
  );
});
