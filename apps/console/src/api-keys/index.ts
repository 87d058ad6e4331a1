import { lazy } from 'react';

export const apiKeys = {
  list: lazy(async () => ({ default: (await import('./KeyList')).KeyList })),
  create: lazy(async () => ({ default: (await import('./KeyCreate')).KeyCreate })),
  show: lazy(async () => ({ default: (await import('./KeyShow')).KeyShow })),
  recordRepresentation: 'name',
};
