/** The shapes the console reads, by short names. They are generated from the API's own description and checked against it. */
import type { components, FieldIssue } from '@pinebill/contract';

type Schemas = components['schemas'];

export type Problem = {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code?: string;
  requestId?: string;
  issues?: FieldIssue[];
};
export type Session = Schemas['SessionView'];
export type LogRecord = Schemas['LogRecord'];
/** Why one request ended as it did. */
export type LogHelp = Schemas['LogHelp'];
export type HelpOperation = Schemas['HelpOperation'];
export type ErrorGroups = Schemas['ErrorGroups'];
export type ErrorGroup = Schemas['ErrorGroup'];
export type LogStats = Schemas['LogStats'];
export type AddressView = Schemas['AddressView'];
export type SavedView = Schemas['SavedView'];
export type NewSavedView = Schemas['CreateSavedView'];
export type StatsLine = Schemas['StatsLine'];
export type ApiKey = Schemas['KeyView'];
/** `secret` comes with the answer that created the key, and never again. */
export type MintedKey = Schemas['MintedKey'];
export type CutOver = Schemas['CutOverView'];
export type KeyUsage = Schemas['UsageView'];
export type RevokeResult = Schemas['Revocation'];
export type Member = Schemas['MemberView'];
export type InvitedMember = Schemas['InvitedMember'];
export type PasswordResetRequested = Schemas['PasswordResetRequested'];
export type PasswordResetLink = Schemas['PasswordResetLink'];
export type ActivityEntry = Schemas['ActivityView'];
export type HygieneView = Schemas['HygieneView'];
export type HygieneSection = Schemas['HygieneSection'];
export type HygieneItem = Schemas['HygieneItem'];
export type BulkRevocation = Schemas['BulkRevocation'];
export type BulkRevokedKey = Schemas['BulkRevokedKey'];
/** Services and teams have one shape. */
export type Owner = Schemas['ServiceView'];
export type OwnerList = 'services' | 'teams';
export type PlanView = Schemas['PlanView'];
export type PlanPreview = Schemas['PlanPreview'];
export type HoldView = Schemas['HoldView'];
export type CreateHold = Schemas['CreateHold'];
export type PurgeCertificate = Schemas['PurgeCertificateView'];
export type PurgeCertificatePage = Schemas['PurgeCertificatePage'];
export type ArchiveView = Schemas['ArchiveView'];
export type ArchiveSetting = Schemas['ArchiveSettingView'];
export type ArchiveFindings = Schemas['ArchiveFindings'];
export type SearchArchives = Schemas['SearchArchives'];
export type RecordRetention = Schemas['RecordRetention'];
export type RestrictionsView = Schemas['RestrictionsView'];
/** Of the organization, or of a key. */
export type PlaceView = Omit<RestrictionsView, 'deniedCidrs'>;
export type PlaceFields = Schemas['PlaceFields'];
export type ChangeRestrictions = Schemas['ChangeRestrictions'];
export type RestrictionsPreview = Schemas['RestrictionsPreview'];
export type PreviewCaller = Schemas['PreviewCaller'];
export type LeakReport = Schemas['LeakReportView'];
export type LeakCheck = Schemas['LeakCheckView'];
export type FoundKey = Schemas['FoundKeyView'];
export type OrganizationView = Schemas['OrganizationView'];
export type MaintenanceView = Schemas['MaintenanceView'];
export type OwnSession = Schemas['OwnSession'];
export type SystemView = Schemas['SystemView'];
export type AccessReview = Schemas['AccessReview'];
export type ReviewSummary = Schemas['ReviewSummary'];
export type ReviewView = Schemas['ReviewView'];
export type SecondFactorView = Schemas['SecondFactorView'];
export type SecondFactorEnrolment = Schemas['SecondFactorEnrolment'];
export type RecoveryCodes = Schemas['RecoveryCodes'];
/** Of the person, beside the session. */
export type Proof = Schemas['ProvePerson'];
export type WeeklyReview = Schemas['WeeklyReviewView'];
export type WeeklyReviewSummary = Schemas['WeeklyReviewSummary'];
export type Channel = Schemas['ChannelView'];
/** `secret` comes with the answer that created the channel, and never again. */
export type CreatedChannel = Schemas['CreatedChannel'];
export type CreateChannel = Schemas['CreateChannel'];
export type ChangeChannel = Schemas['ChangeChannel'];
export type ChannelSecret = Schemas['ChannelSecret'];
export type ChannelDelivery = Schemas['DeliveryView'];
export type ExportView = Schemas['ExportView'];
export type ExportSchedule = Schemas['ExportScheduleView'];
export type ExportScheduleList = Schemas['ExportScheduleList'];
export type ExportDelivery = Schemas['ExportDelivery'];
/** What has a default may be left out. */
export type CreateExport = Pick<Schemas['CreateExport'], 'format'> & Partial<Schemas['CreateExport']>;
export type QuarantinePage = Schemas['QuarantinePage'];
export type QuarantinedRecord = Schemas['QuarantinedRecord'];
export type SupportContact = Schemas['SupportContact'];
export type Finding = Schemas['FindingView'];
export type FindingDetail = Schemas['FindingDetail'];
export type DetectionView = Schemas['DetectionView'];
export type Baseline = Schemas['BaselineView'];
export type ChangeBaseline = Schemas['ChangeBaseline'];
export type Incident = Schemas['IncidentView'];
export type IncidentSummary = Schemas['IncidentSummary'];
export type IncidentSubject = Schemas['IncidentSubject'];
export type IncidentStep = Schemas['IncidentStepView'];
export type DrillReport = Schemas['DrillReport'];
export type IncidentExtent = Schemas['IncidentExtent'];
export type IncidentService = Schemas['IncidentService'];
export type IncidentNote = Schemas['IncidentNote'];
export type IncidentFollowUp = Schemas['IncidentFollowUp'];
export type IncidentEvidence = Schemas['IncidentEvidenceRow'];
export type TimelineEntry = Schemas['TimelineEntry'];
export type IncidentTemplate = Schemas['IncidentTemplate'];
export type ContainIncident = Partial<Schemas['ContainIncident']>;
export type ChangeService = Schemas['ChangeService'];
export type OpenIncident = Partial<Schemas['OpenIncident']>;
export type ChangeIncident = Schemas['ChangeIncident'];
export type Alert = Schemas['AlertView'];
export type AlertDetail = Schemas['AlertDetail'];
export type AlertRule = Schemas['AlertRuleView'];
/** What has a default may be left out. */
export type NewAlertRule = Pick<Schemas['CreateAlertRule'], 'kind' | 'name'> & Partial<Schemas['CreateAlertRule']>;
export type BackTest = Schemas['BackTest'];
