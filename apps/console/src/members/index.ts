import { lazy } from 'react';

export const members = { list: lazy(async () => ({ default: (await import('./MemberList')).MemberList })), recordRepresentation: 'name' };
