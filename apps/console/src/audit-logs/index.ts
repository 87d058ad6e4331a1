import { lazy } from 'react';

export const auditLogs = { list: lazy(async () => ({ default: (await import('./LogsPage')).LogsPage })) };
