/** May a person do what a route declares: by role, and once the password and the second factor are as they must be. */
import { can } from '@pinebill/contract';
import type { AccessRule, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';

export type Declared = Extract<AccessRule, { kind: 'declared' }>;

export function admitPerson(
  actor: Pick<UserActor, 'role' | 'mustChangePassword' | 'mustEnrolSecondFactor'>,
  { permission }: Declared,
): void {
  if (permission === 'signed-in') return;
  if (actor.mustChangePassword) {
    throw new AppError('password_change_required', {
      detail: 'Your password was made by somebody else. Choose one of your own: PUT /v1/me/password.',
    });
  }
  if (actor.mustEnrolSecondFactor) {
    throw new AppError('second_factor_enrolment_required', {
      detail: 'The organization asks its admins for a second factor. Set up yours: POST /v1/me/second-factor.',
    });
  }
  if (!can(actor.role, permission)) {
    throw new AppError('insufficient_role', { detail: 'Your role in this organization does not allow this. An admin can change it.' });
  }
}
