import { lazy } from 'react';
import { once } from '../elements/once';

export const loadDashboard = once(async () => ({ default: (await import('./Dashboard')).Dashboard }));
export const Dashboard = lazy(loadDashboard);
