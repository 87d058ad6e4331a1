/** The frame: rail, top bar, page. Who may see nothing gets neither rail nor search, and the page says why. */
import Drawer from '@mui/material/Drawer';
import { styled } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { can } from '@pinebill/contract';
import { lazy, Suspense, useCallback, useEffect, useState, type ReactNode } from 'react';
import { useLocation, useStore } from 'react-admin';
import { useAwaited } from '../exports/awaited';
import { useFollowOrganization } from '../session/use-organization';
import { useRefreshSession, useSession, useSessionState } from '../session/use-session';
import { Brand } from './Brand';
import { GuestPage } from './GuestPage';
import { IncidentBanner } from './IncidentBanner';
import { InSlices } from './InSlices';
import { MaintenanceBanner } from './MaintenanceBanner';
import { PageFailure } from './PageFailure';
import { Page, PageSkeleton } from './Page';
import { Rail } from './Rail';
import { TopBar } from './TopBar';

const ServerSilence = lazy(async () => ({ default: (await import('./ServerSilence')).ServerSilence }));
const ChangePassword = lazy(async () => ({ default: (await import('../session/ChangePassword')).ChangePassword }));
const SecondFactorRequired = lazy(async () => ({ default: (await import('../session/SecondFactorRequired')).SecondFactorRequired }));
const ReadyNotice = lazy(async () => ({ default: (await import('../exports/ReadyNotice')).ReadyNotice }));
const CommandPalette = lazy(async () => ({ default: (await import('./CommandPalette')).CommandPalette }));

const Frame = styled('div', { shouldForwardProp: (name) => name !== 'rail' })<{ rail: number }>(({ rail }) => ({
  display: 'grid',
  height: '100dvh',
  gridTemplateColumns: rail > 0 ? `${rail}px minmax(0, 1fr)` : 'minmax(0, 1fr)',
  gridTemplateRows: 'auto 48px minmax(0, 1fr)',
  gridTemplateAreas: rail > 0 ? '"banner banner" "rail bar" "rail page"' : '"banner" "bar" "page"',
}));
const Side = styled('div')(({ theme }) => ({
  gridArea: 'rail',
  display: 'flex',
  flexDirection: 'column',
  minHeight: 0,
  background: theme.palette.tone.rail,
  borderRight: `1px solid ${theme.palette.tone.line}`,
}));
const Top = styled('div')({ display: 'flex', alignItems: 'center', height: 48, marginBottom: 8, padding: '0 9px', flex: 'none' });
const Main = styled('main')({ gridArea: 'page', minWidth: 0, overflow: 'auto', outline: 'none' });
const SkipLink = styled('a')(({ theme }) => ({
  position: 'fixed',
  top: -60,
  left: 8,
  zIndex: 2000,
  padding: '8px 12px',
  borderRadius: 6,
  background: theme.palette.tone.raised,
  '&:focus': { top: 8 },
}));

function useShortcut(open: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      open();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [open]);
}

export function Layout({ children }: { children: ReactNode }) {
  const { session, error, retry } = useSessionState();
  const refresh = useRefreshSession();
  /** Recovery codes are on the screen: whatever the server says meanwhile, they stay until they are saved. */
  const [unsaved, setUnsaved] = useState(false);
  useFollowOrganization(session?.organization.id ?? null);
  if (session === null) return error === null ? <PageSkeleton /> : <Unavailable error={error} retry={retry} />;
  if (session.user.mustChangePassword || session.secondFactor.enrolmentRequired || unsaved) {
    const done = async (): Promise<void> => {
      await refresh();
      setUnsaved(false);
    };
    return (
      <Suspense fallback={<PageSkeleton />}>
        {session.user.mustChangePassword ? (
          <ChangePassword first />
        ) : (
          <SecondFactorRequired organization={session.organization.name} onCodes={() => setUnsaved(true)} onDone={() => void done()} />
        )}
      </Suspense>
    );
  }
  // Built anew for another organization: no page keeps what it held of the one before.
  const { id } = session.organization;
  return (
    <InSlices before={<PageSkeleton />}>
      {can(session.role, 'audit:read') ? <FullFrame key={id}>{children}</FullFrame> : <GuestFrame key={id}>{children}</GuestFrame>}
    </InSlices>
  );
}

/** Opened while the server cannot say who this is: nobody is signed out by that. */
function Unavailable({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <main>
      <Page
        title="The console cannot be used right now"
        lead="You stay signed in. As soon as the server answers, the page opens by itself."
      >
        <Suspense fallback={null}>
          <ServerSilence error={error} retry={retry} />
        </Suspense>
      </Page>
    </main>
  );
}

function GuestFrame({ children }: { children: ReactNode }) {
  const session = useSession();
  const { pathname } = useLocation();
  if (session === null) return null;
  return (
    <Frame rail={0}>
      <MaintenanceBanner signedIn />
      <TopBar session={session} menu={null} onSearch={null} />
      <Main id="page" tabIndex={0}>
        {pathname === '/settings' ? <Suspense fallback={<PageSkeleton />}>{children}</Suspense> : <GuestPage session={session} />}
      </Main>
    </Frame>
  );
}

function FullFrame({ children }: { children: ReactNode }) {
  const session = useSession();
  const narrow = useMediaQuery('(max-width: 899px)');
  const [collapsed, setCollapsed] = useStore('rail.collapsed', false);
  const [drawer, setDrawer] = useState(false);
  const [palette, setPalette] = useState(false);
  const awaited = useAwaited();
  const openPalette = useCallback(() => setPalette(true), []);
  useShortcut(openPalette);
  if (session === null) return null;
  const menu = narrow
    ? { label: 'Open the menu', onClick: () => setDrawer(true) }
    : { label: collapsed ? 'Widen the menu' : 'Narrow the menu', onClick: () => setCollapsed(!collapsed) };
  const rail = narrow ? 0 : collapsed ? 56 : 224;
  return (
    <Frame rail={rail}>
      <SkipLink
        href="#page"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('page')?.focus();
        }}
      >
        Skip to the page
      </SkipLink>
      <div data-banner style={{ gridArea: 'banner' }}>
        <MaintenanceBanner signedIn />
        <IncidentBanner viewer={session} />
      </div>
      {!narrow && (
        <Side>
          <Rail viewer={session} collapsed={collapsed}>
            <Top>
              <Brand short={collapsed} />
            </Top>
          </Rail>
        </Side>
      )}
      <TopBar session={session} menu={menu} onSearch={openPalette} />
      <Main id="page" tabIndex={0}>
        <PageFailure>
          <InSlices before={<PageSkeleton />}>
            <Suspense fallback={<PageSkeleton />}>{children}</Suspense>
          </InSlices>
        </PageFailure>
      </Main>
      <Drawer
        open={narrow && drawer}
        onClose={() => setDrawer(false)}
        slotProps={{ paper: { 'aria-label': 'Menu', style: { width: 264 } } }}
      >
        <Rail viewer={session} collapsed={false} onGo={() => setDrawer(false)}>
          <Top>
            <Brand />
          </Top>
        </Rail>
      </Drawer>
      {awaited.length > 0 && (
        <Suspense fallback={null}>
          <ReadyNotice ids={awaited} />
        </Suspense>
      )}
      {palette && (
        <Suspense fallback={null}>
          <CommandPalette viewer={session} onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </Frame>
  );
}
