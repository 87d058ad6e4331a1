import type { Identity } from './audit.types';

/** Nobody in particular: what is assumed until somebody is named. */
export const anonymous: Identity = {
  organizationId: null,
  actor: { type: 'anonymous', id: null, name: null },
  apiKey: null,
  keyFingerprint: null,
  service: null,
  team: null,
  environment: null,
  responseHeaders: {},
  refusal: null,
  context: null,
};
