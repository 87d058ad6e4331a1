import type { Role } from '@pinebill/contract';
import { QueryClient } from '@tanstack/react-query';
import { memoryStore, TestMemoryRouter } from 'react-admin';
import { App } from '../App';
import { createAuthProvider } from '../auth-provider';
import type { Session } from '../api-types';
import { aSession } from './builders';
import { memoryDataProvider, type MemoryProvider, type Records } from './memory-data-provider';

const mark = (isSet: boolean) => ({ isSet: () => isSet, set: () => void (isSet = true), clear: () => void (isSet = false) });

type Props = {
  at: string;
  role?: Role;
  records?: Records;
  user?: Partial<Session['user']>;
  /** Whether the installation belongs to the organization. */
  isHome?: boolean;
  /** Beside the one of the story. */
  organizations?: Session['organizations'];
  provider?: MemoryProvider;
  /** False: nobody has signed in. */
  signedIn?: boolean;
  secondFactor?: Session['secondFactor'];
  /** Instead of the session that every sign-in gets. */
  start?: (credentials: { code?: string }) => Promise<Session>;
  /** Instead of the session that a code after the provider gets. */
  finish?: (code: string) => Promise<Session>;
  /** Instead of the session, while it returns one. */
  failure?: () => Error | null;
  onLocation?: (url: string) => void;
};

/** The whole console at one address, signed in as a role, over records of the story. */
export function StoryApp({
  at,
  role = 'admin',
  records = {},
  user = {},
  isHome = true,
  organizations = [],
  signedIn = true,
  provider,
  secondFactor,
  start,
  finish,
  failure = () => null,
  onLocation,
}: Props) {
  const signed = aSession(role, user);
  const sessionNow = (): Session => ({
    ...signed,
    organization: { ...signed.organization, isHome },
    organizations: [...signed.organizations, ...organizations],
    ...(secondFactor ? { secondFactor: { ...secondFactor } } : {}),
  });
  const current = () => {
    const error = failure();
    return error ? Promise.reject(error) : Promise.resolve(sessionNow());
  };
  const source = {
    current,
    start: start ?? (() => Promise.resolve(sessionNow())),
    end: () => Promise.resolve(null),
    ...(finish ? { finish } : {}),
  };
  return (
    <TestMemoryRouter initialEntries={[at]} locationCallback={({ pathname, search }) => onLocation?.(`${pathname}${search}`)}>
      <App
        authProvider={createAuthProvider(source, mark(signedIn))}
        dataProvider={provider ?? memoryDataProvider(records)}
        store={memoryStore({ 'logs.live': false })}
        queryClient={new QueryClient({ defaultOptions: { queries: { retry: false } } })}
      />
    </TestMemoryRouter>
  );
}
