/** The map of the rail and of the breadcrumb: what exists, where it stands, and who may see it. */
import Dashboard from '@mui/icons-material/SpaceDashboardOutlined';
import Logs from '@mui/icons-material/ReceiptLongOutlined';
import History from '@mui/icons-material/HistoryOutlined';
import Exports from '@mui/icons-material/FileDownloadOutlined';
import Key from '@mui/icons-material/VpnKeyOutlined';
import Tidy from '@mui/icons-material/ChecklistOutlined';
import Review from '@mui/icons-material/FactCheckOutlined';
import Week from '@mui/icons-material/EventAvailableOutlined';
import Campaign from '@mui/icons-material/CampaignOutlined';
import Group from '@mui/icons-material/GroupOutlined';
import Shield from '@mui/icons-material/GppMaybeOutlined';
import Layers from '@mui/icons-material/LayersOutlined';
import Settings from '@mui/icons-material/SettingsOutlined';
import Tag from '@mui/icons-material/TagOutlined';
import Book from '@mui/icons-material/MenuBookOutlined';
import Leak from '@mui/icons-material/TravelExploreOutlined';
import Bell from '@mui/icons-material/NotificationsNoneOutlined';
import Rule from '@mui/icons-material/RuleOutlined';
import Public from '@mui/icons-material/PublicOutlined';
import Errors from '@mui/icons-material/ErrorOutlineOutlined';
import Braces from '@mui/icons-material/DataObjectOutlined';
import Replay from '@mui/icons-material/ReplayOutlined';
import Lifebuoy from '@mui/icons-material/HelpOutlineOutlined';
import Radar from '@mui/icons-material/RadarOutlined';
import Rhythm from '@mui/icons-material/TimelineOutlined';
import Monitor from '@mui/icons-material/MonitorHeartOutlined';
import { can, type Permission } from '@pinebill/contract';
import type { Session } from '../api-types';

export type Place = {
  label: string;
  path: string;
  icon: typeof Dashboard;
  permission: Permission | null;
  words?: string;
  /** Addresses elsewhere that belong to it. */
  inside?: readonly string[];
  /** About the installation: only for the organization that it belongs to. */
  home?: boolean;
};
export type Section = { label: string | null; places: readonly Place[] };

export const systemPlace: Place = {
  label: 'System',
  path: '/system',
  icon: Monitor,
  permission: 'system:read',
  words: 'health journal database shipper quarantine readiness warnings',
  home: true,
};

export const sections: readonly Section[] = [
  { label: null, places: [{ label: 'Dashboard', path: '/', icon: Dashboard, permission: 'audit:read', words: 'home start' }] },
  {
    label: 'Audit',
    places: [
      { label: 'API Logs', path: '/audit-logs', icon: Logs, permission: 'audit:read', words: 'requests errors status' },
      { label: 'Errors', path: '/errors', icon: Errors, permission: 'audit:read', words: 'grouped failures 4xx 5xx causes' },
      { label: 'Activity', path: '/activity', icon: History, permission: 'activity:read', words: 'changes people history' },
      {
        label: 'Exports',
        path: '/exports',
        icon: Exports,
        permission: 'audit:export',
        words: 'download csv json parquet manifest evidence auditor',
      },
    ],
  },
  {
    label: 'API Keys',
    places: [
      { label: 'Keys', path: '/api-keys', icon: Key, permission: 'keys:read', words: 'secret revoke create' },
      {
        label: 'Hygiene',
        path: '/api-keys/hygiene',
        icon: Tidy,
        permission: 'keys:read',
        words: 'rotation due unused idle shared services teams expiring',
      },
    ],
  },
  {
    label: 'Incidents',
    places: [
      {
        label: 'Incidents',
        path: '/incidents',
        icon: Shield,
        permission: 'incidents:read',
        words: 'breach leak compromised contain revoke respond evidence',
      },
      {
        label: 'Leaks',
        path: '/leaks',
        inside: ['/leak-check'],
        icon: Leak,
        permission: 'incidents:read',
        words: 'leaked keys secret scanning github reports',
      },
    ],
  },
  {
    label: 'Detection',
    places: [
      {
        label: 'Findings',
        path: '/findings',
        icon: Radar,
        permission: 'findings:read',
        words: 'detection unusual anomalies burst spike new address country silence',
      },
      { label: 'Alerts', path: '/alerts', icon: Bell, permission: 'alerts:read', words: 'inbox acknowledge resolve escalation on call' },
      {
        label: 'Rules',
        path: '/alert-rules',
        icon: Rule,
        permission: 'alerts:read',
        words: 'alert rules threshold window back-test quiet hours',
      },
      {
        label: 'Normal usage',
        path: '/normal-usage',
        icon: Rhythm,
        permission: 'findings:read',
        words: 'baselines hours networks agents endpoints rate expected',
      },
      {
        label: 'Channels',
        path: '/channels',
        icon: Campaign,
        permission: 'channels:read',
        words: 'alerts webhook slack teams pagerduty mail notify deliveries',
      },
      {
        label: 'Weekly review',
        path: '/weekly-reviews',
        icon: Week,
        permission: 'reviews:read',
        words: 'digest week monday sign off evidence overdue',
      },
    ],
  },
  {
    label: 'Organization',
    places: [
      { label: 'Members', path: '/members', icon: Group, permission: 'members:read', words: 'people invite role' },
      {
        label: 'Access review',
        path: '/access-review',
        icon: Review,
        permission: 'reviews:read',
        words: 'who has access sign off evidence',
      },
      {
        label: 'Plan and retention',
        path: '/plan',
        icon: Layers,
        permission: 'plan:read',
        words: 'limits subscription upgrade downgrade legal hold purge certificate expire',
      },
      {
        label: 'Restrictions',
        path: '/restrictions',
        icon: Public,
        permission: 'organization:read',
        words: 'networks countries cidr allow list geographic',
      },
      { label: 'Settings', path: '/settings', icon: Settings, permission: null, words: 'profile password sessions account' },
      systemPlace,
    ],
  },
  {
    label: 'Help',
    places: [
      { label: 'Status codes', path: '/status-codes', icon: Tag, permission: 'audit:read', words: 'reference 401 404 429 500' },
      { label: 'Check a payload', path: '/check-payload', icon: Braces, permission: 'audit:read', words: 'validate json body schema 400' },
      {
        label: 'Retry with back-off',
        path: '/back-off',
        icon: Replay,
        permission: 'audit:read',
        words: 'rate limit 429 retry-after samples curl',
      },
      {
        label: 'Troubleshooting',
        path: '/troubleshooting',
        icon: Lifebuoy,
        permission: 'audit:read',
        words: 'nothing shown wrong address proxy time zone',
      },
      { label: 'API introduction', path: '/api-introduction', icon: Book, permission: 'audit:read', words: 'getting started curl' },
    ],
  },
];

/** Who looks, and from which organization. */
export type Viewer = Pick<Session, 'role' | 'organization'>;

export const mayOpen = ({ role, organization }: Viewer, { permission, home = false }: Place): boolean =>
  (permission === null || can(role, permission)) && (!home || organization.isHome);

export function visibleSections(viewer: Viewer): Section[] {
  return sections
    .map(({ label, places }) => ({ label, places: places.filter((place) => mayOpen(viewer, place)) }))
    .filter(({ places }) => places.length > 0);
}

const isAt = ({ path, inside = [] }: Place, pathname: string): boolean =>
  path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`) || inside.includes(pathname);

/** The place that an address is in: of one within another, the inner one. */
export function placeAt(pathname: string): Place | null {
  const found = sections.flatMap(({ places }) => places.filter((place) => isAt(place, pathname)));
  return found.sort((a, b) => b.path.length - a.path.length)[0] ?? null;
}

export type Crumb = { label: string; path: string | null };
const deeper: Record<string, string> = {
  '/api-keys/create': 'Create key',
  '/api-keys/hygiene/owners': 'Services and teams',
  '/leak-check': 'Leak check',
  '/incidents/template': 'Report template',
  '/alert-rules/new': 'New rule',
};

const insides: Record<string, string> = {
  '/incidents': 'Incident',
  '/findings': 'Finding',
  '/alerts': 'Alert',
  '/alert-rules': 'Rule',
  '/normal-usage': 'Version',
  '/channels': 'Channel',
  '/weekly-reviews': 'Week',
};

const insideOf = ({ path }: Place, pathname: string): string =>
  deeper[pathname] ?? (pathname.startsWith('/findings/detectors') ? 'Detectors' : (insides[path] ?? 'Details'));

/** `Dashboard → Audit → API Logs`, as the documentation writes where things are. */
export function trailOf(pathname: string): Crumb[] {
  const home: Crumb = { label: 'Dashboard', path: '/' };
  const place = placeAt(pathname);
  for (const { label, places } of sections) {
    if (!place || place.path === '/' || !places.includes(place)) continue;
    const section = label === null || label === place.label ? [] : [{ label, path: null }];
    const inside = pathname === place.path ? [] : [{ label: insideOf(place, pathname), path: null }];
    return [home, ...section, { label: place.label, path: inside.length > 0 ? place.path : null }, ...inside];
  }
  return [{ ...home, path: null }];
}
