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
export type ApiKey = Schemas['KeyView'];
/** `secret` comes with the answer that created the key, and never again. */
export type MintedKey = Schemas['MintedKey'];
export type RevokeResult = Schemas['Revocation'];
export type Member = Schemas['MemberView'];
export type InvitedMember = Schemas['InvitedMember'];
export type ActivityEntry = Schemas['ActivityView'];
export type PlanView = Schemas['PlanView'];
export type OrganizationView = Schemas['OrganizationView'];
export type MaintenanceView = Schemas['MaintenanceView'];
export type OwnSession = Schemas['OwnSession'];
export type SystemView = Schemas['SystemView'];
export type SecondFactorView = Schemas['SecondFactorView'];
export type SecondFactorEnrolment = Schemas['SecondFactorEnrolment'];
export type RecoveryCodes = Schemas['RecoveryCodes'];
/** Of the person, beside the session. */
export type Proof = Schemas['ProvePerson'];
export type QuarantinePage = Schemas['QuarantinePage'];
export type QuarantinedRecord = Schemas['QuarantinedRecord'];
