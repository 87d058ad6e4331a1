import { HttpError } from 'react-admin';
import { createAuthProvider } from './auth-provider';
import { aSession } from './testing/builders';

/** The mark as a variable, and a server that keeps what was asked of it. */
function browser({ signedIn, session = true }: { signedIn: boolean; session?: boolean }) {
  let marked = signedIn;
  const asked: string[] = [];
  const answer = <T>(what: string, value: T): Promise<T> => {
    asked.push(what);
    return session || what === 'end' ? Promise.resolve(value) : Promise.reject(new HttpError('You are not signed in', 401));
  };
  const provider = createAuthProvider(
    {
      current: () => answer('current', aSession('member')),
      start: () => answer('start', aSession('member')),
      end: () => answer('end', null),
    },
    { isSet: () => marked, set: () => (marked = true), clear: () => (marked = false) },
  );
  return { provider, asked, isMarked: () => marked };
}

describe('who is signed in', () => {
  it('is not asked of the API where nobody has signed in', async () => {
    const { provider, asked } = browser({ signedIn: false });
    await expect(provider.checkAuth({})).rejects.toMatchObject({ status: 401 });
    expect(await provider.getPermissions?.({})).toBeNull();
    await provider.logout({});
    expect(asked).toEqual([]);
  });

  it('is refused at once, and again only after a pause in which the page can change', async () => {
    jest.useFakeTimers();
    try {
      const { provider } = browser({ signedIn: false });
      await expect(provider.checkAuth({})).rejects.toMatchObject({ status: 401 });
      let refused = false;
      const again = provider.checkAuth({}).catch(() => (refused = true));
      await jest.advanceTimersByTimeAsync(900);
      expect(refused).toBe(false);
      await jest.advanceTimersByTimeAsync(200);
      await again;
      expect(refused).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });

  it('is the answer of the sign-in, which is not asked for again', async () => {
    const { provider, asked, isMarked } = browser({ signedIn: false });
    await provider.login({ email: 'a@example.com', password: 'secret' });
    await provider.checkAuth({});
    expect(await provider.getPermissions?.({})).toMatchObject({ role: 'member' });
    expect(asked).toEqual(['start']);
    expect(isMarked()).toBe(true);
  });

  it('is asked once on the next visit', async () => {
    const { provider, asked } = browser({ signedIn: true });
    await Promise.all([provider.checkAuth({}), provider.getPermissions?.({}), provider.getIdentity?.()]);
    expect(asked).toEqual(['current']);
  });

  it('is the answer of an accepted invitation or another organization', async () => {
    const { provider, asked, isMarked } = browser({ signedIn: false });
    provider.adopt(aSession('admin'));
    expect(await provider.getPermissions?.({})).toMatchObject({ role: 'admin' });
    expect(asked).toEqual([]);
    expect(isMarked()).toBe(true);
  });

  it('is forgotten when the server says that the session is over', async () => {
    const ended = browser({ signedIn: true, session: false });
    await expect(ended.provider.checkAuth({})).rejects.toMatchObject({ status: 401 });
    await expect(ended.provider.checkAuth({})).rejects.toMatchObject({ status: 401 });
    expect(ended.asked).toEqual(['current']);

    const later = browser({ signedIn: true });
    await later.provider.checkAuth({});
    await expect(later.provider.checkError({ status: 401 })).rejects.toThrow('Your session has ended');
    expect(later.isMarked()).toBe(false);
  });

  it('is not forgotten when the server cannot say it, and is asked again', async () => {
    let away = true;
    const asked: string[] = [];
    const current = () => {
      asked.push('current');
      return away ? Promise.reject(new HttpError('The database cannot be reached', 503)) : Promise.resolve(aSession('member'));
    };
    const never = () => Promise.reject(new Error('not asked'));
    const provider = createAuthProvider(
      { current, start: never, end: never },
      { isSet: () => true, set: () => undefined, clear: () => undefined },
    );
    await provider.checkAuth({});
    await expect(provider.getPermissions?.({})).rejects.toMatchObject({ status: 503 });
    away = false;
    expect(await provider.getPermissions?.({})).toMatchObject({ role: 'member' });
    expect(asked).toHaveLength(3);
  });

  it('ends on the server at sign-out', async () => {
    const { provider, asked, isMarked } = browser({ signedIn: true });
    await provider.checkAuth({});
    await provider.logout({});
    expect(asked).toEqual(['current', 'end']);
    expect(isMarked()).toBe(false);
  });
});
