import Gavel from '@mui/icons-material/GavelOutlined';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { memo } from 'react';
import { LinkBase } from 'react-admin';
import { withoutLook, writeQuery, type LogQuery } from './log-query';

/** In the address of the page of holds: the rest of it is a filter of the log. */
export const HOLD = 'hold';

/** To keep what the list shows, whatever retention says. */
export const HoldButton = memo(function HoldButton({ query }: { query: LogQuery }) {
  const to = `/plan?${HOLD}=1&${writeQuery(withoutLook(query)).toString()}`;
  return (
    <Tooltip title="Hold these records">
      <IconButton size="small" aria-label="Hold these records" component={LinkBase} to={to}>
        <Gavel />
      </IconButton>
    </Tooltip>
  );
});
