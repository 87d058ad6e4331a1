import { lazy } from 'react';

export const activity = { list: lazy(async () => ({ default: (await import('./ActivityList')).ActivityList })) };
