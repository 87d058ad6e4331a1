import Bell from '@mui/icons-material/NotificationsNoneOutlined';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { memo } from 'react';
import { LinkBase } from 'react-admin';
import { writeQuery, type LogQuery } from './log-query';

/** To be told when there is too much of what the list shows. */
export const AlertButton = memo(function AlertButton({ query }: { query: LogQuery }) {
  const to = `/alert-rules/new?${writeQuery(query).toString()}`;
  return (
    <Tooltip title="Make an alert rule of this filter">
      <IconButton size="small" aria-label="Make an alert rule of this filter" component={LinkBase} to={to}>
        <Bell />
      </IconButton>
    </Tooltip>
  );
});
