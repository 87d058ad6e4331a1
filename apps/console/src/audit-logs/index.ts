import { lazy } from 'react';
import { once } from '../elements/once';

export const loadLogsPage = once(async () => ({ default: (await import('./LogsPage')).LogsPage }));
export const auditLogs = { list: lazy(loadLogsPage) };
