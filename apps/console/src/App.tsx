/** The map of the product. A folder is a resource or a page; a line here makes it reachable. */
import { QueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Admin, CustomRoutes, Resource, useRouterProvider, type AdminProps } from 'react-admin';
import { activity } from './activity';
import { apiKeys } from './api-keys';
import { auditLogs } from './audit-logs';
import { createAuthProvider } from './auth-provider';
import { Dashboard } from './dashboard';
import { createDataProvider } from './data-provider';
import { Layout } from './layout/Layout';
import { AccessDenied, NotFound } from './layout/NotFound';
import { PageSkeleton } from './layout/Page';
import { members } from './members';
import { SignIn } from './session/SignIn';
import { darkTheme, lightTheme } from './theme';

const AcceptInvitation = lazy(async () => ({ default: (await import('./session/AcceptInvitation')).AcceptInvitation }));
const PlanPage = lazy(async () => ({ default: (await import('./organization/PlanPage')).PlanPage }));
const HygienePage = lazy(async () => ({ default: (await import('./hygiene/HygienePage')).HygienePage }));
const OwnersPage = lazy(async () => ({ default: (await import('./services-and-teams/OwnersPage')).OwnersPage }));
const SettingsPage = lazy(async () => ({ default: (await import('./organization/SettingsPage')).SettingsPage }));
const RestrictionsPage = lazy(async () => ({ default: (await import('./restrictions/RestrictionsPage')).RestrictionsPage }));
const SystemPage = lazy(async () => ({ default: (await import('./system/SystemPage')).SystemPage }));
const AccessReviewPage = lazy(async () => ({ default: (await import('./access-review/AccessReviewPage')).AccessReviewPage }));
const AddressPage = lazy(async () => ({ default: (await import('./addresses/AddressPage')).AddressPage }));
const LeaksPage = lazy(async () => ({ default: (await import('./leaks/LeaksPage')).LeaksPage }));
const LeakCheckPage = lazy(async () => ({ default: (await import('./leaks/LeakCheckPage')).LeakCheckPage }));
const IncidentsPage = lazy(async () => ({ default: (await import('./incidents/IncidentsPage')).IncidentsPage }));
const IncidentPage = lazy(async () => ({ default: (await import('./incidents/IncidentPage')).IncidentPage }));
const FindingsPage = lazy(async () => ({ default: (await import('./findings/FindingsPage')).FindingsPage }));
const FindingPage = lazy(async () => ({ default: (await import('./findings/FindingPage')).FindingPage }));
const DetectorPage = lazy(async () => ({ default: (await import('./findings/DetectorPage')).DetectorPage }));
const NormalUsagePage = lazy(async () => ({ default: (await import('./normal-usage/NormalUsagePage')).NormalUsagePage }));
const UsagePage = lazy(async () => ({ default: (await import('./normal-usage/UsagePage')).UsagePage }));
const TemplatePage = lazy(async () => ({ default: (await import('./incidents/TemplatePage')).TemplatePage }));
const AlertsPage = lazy(async () => ({ default: (await import('./alerts/AlertsPage')).AlertsPage }));
const AlertPage = lazy(async () => ({ default: (await import('./alerts/AlertPage')).AlertPage }));
const RulesPage = lazy(async () => ({ default: (await import('./alerts/RulesPage')).RulesPage }));
const RulePage = lazy(async () => ({ default: (await import('./alerts/RulePage')).RulePage }));
const WeeklyReviewsPage = lazy(async () => ({ default: (await import('./weekly-review/WeeklyReviewsPage')).WeeklyReviewsPage }));
const WeeklyReviewPage = lazy(async () => ({ default: (await import('./weekly-review/WeeklyReviewPage')).WeeklyReviewPage }));
const ChannelsPage = lazy(async () => ({ default: (await import('./channels/ChannelsPage')).ChannelsPage }));
const ExportsPage = lazy(async () => ({ default: (await import('./exports/ExportsPage')).ExportsPage }));
const ErrorsPage = lazy(async () => ({ default: (await import('./errors/ErrorsPage')).ErrorsPage }));
const CheckPayloadPage = lazy(async () => ({ default: (await import('./check-payload/CheckPayloadPage')).CheckPayloadPage }));
const BackOffPage = lazy(async () => ({ default: (await import('./help/BackOffPage')).BackOffPage }));
const TroubleshootingPage = lazy(async () => ({ default: (await import('./help/TroubleshootingPage')).TroubleshootingPage }));
const StatusCodesPage = lazy(async () => ({ default: (await import('./help/StatusCodesPage')).StatusCodesPage }));
const ApiIntroductionPage = lazy(async () => ({ default: (await import('./help/ApiIntroductionPage')).ApiIntroductionPage }));

const ForgottenPassword = lazy(async () => ({ default: (await import('./session/ForgottenPassword')).ForgottenPassword }));
const NewPassword = lazy(async () => ({ default: (await import('./session/NewPassword')).NewPassword }));

type Sources = Pick<AdminProps, 'authProvider' | 'dataProvider' | 'store' | 'queryClient' | 'routerProvider'>;

function Console(sources: Sources) {
  const { Route } = useRouterProvider();
  return (
    <Admin
      {...sources}
      title="PineBill"
      disableTelemetry
      requireAuth
      loginPage={SignIn}
      layout={Layout}
      loading={PageSkeleton}
      catchAll={NotFound}
      accessDenied={AccessDenied}
      dashboard={Dashboard}
      lightTheme={lightTheme}
      darkTheme={darkTheme}
    >
      <Resource name="audit-logs" {...auditLogs} />
      <Resource name="activity" {...activity} />
      <Resource name="api-keys" {...apiKeys} />
      <Resource name="members" {...members} />
      <CustomRoutes>
        <Route path="/api-keys/hygiene" element={<HygienePage />} />
        <Route path="/api-keys/hygiene/owners" element={<OwnersPage />} />
        <Route path="/audit-logs/addresses/:address" element={<AddressPage />} />
        <Route path="/access-review" element={<AccessReviewPage />} />
        <Route path="/exports" element={<ExportsPage />} />
        <Route path="/leaks" element={<LeaksPage />} />
        <Route path="/leak-check" element={<LeakCheckPage />} />
        <Route path="/incidents" element={<IncidentsPage />} />
        <Route path="/incidents/template" element={<TemplatePage />} />
        <Route path="/incidents/:id/:step?" element={<IncidentPage />} />
        <Route path="/alerts" element={<AlertsPage />} />
        <Route path="/alerts/:id" element={<AlertPage />} />
        <Route path="/alert-rules" element={<RulesPage />} />
        <Route path="/alert-rules/:id" element={<RulePage />} />
        <Route path="/findings" element={<FindingsPage />} />
        <Route path="/findings/:id" element={<FindingPage />} />
        <Route path="/findings/detectors/:name?" element={<DetectorPage />} />
        <Route path="/normal-usage" element={<NormalUsagePage />} />
        <Route path="/normal-usage/:id" element={<UsagePage />} />
        <Route path="/weekly-reviews" element={<WeeklyReviewsPage />} />
        <Route path="/weekly-reviews/:id" element={<WeeklyReviewPage />} />
        <Route path="/channels/:id?" element={<ChannelsPage />} />
        <Route path="/plan" element={<PlanPage />} />
        <Route path="/restrictions" element={<RestrictionsPage />} />
        <Route path="/settings" element={<SettingsPage />} />
        <Route path="/system" element={<SystemPage />} />
        <Route path="/errors" element={<ErrorsPage />} />
        <Route path="/check-payload" element={<CheckPayloadPage />} />
        <Route path="/back-off" element={<BackOffPage />} />
        <Route path="/troubleshooting" element={<TroubleshootingPage />} />
        <Route path="/status-codes" element={<StatusCodesPage />} />
        <Route path="/api-introduction" element={<ApiIntroductionPage />} />
      </CustomRoutes>
      <CustomRoutes noLayout>
        <Route path="/forgotten-password" element={<ForgottenPassword />} />
        <Route path="/reset-password/:token" element={<NewPassword />} />
        <Route
          path="/accept-invitation/:token"
          element={
            <Suspense fallback={<PageSkeleton />}>
              <AcceptInvitation />
            </Suspense>
          }
        />
      </CustomRoutes>
    </Admin>
  );
}

const live: Sources = {
  authProvider: createAuthProvider(),
  dataProvider: createDataProvider(),
  // A refusal is an answer: it is shown, with a button, and not asked for three more times in silence.
  queryClient: new QueryClient({ defaultOptions: { queries: { retry: false } } }),
};

/** Specs and stories bring sources of their own; the product talks to its API. */
export function App(sources: Partial<Sources>) {
  return <Console {...live} {...sources} />;
}
