/** What is done about a key that was found where it does not belong: chosen by the organization, told by the list of reports. */
export const leakPolicies = ['revoke', 'quarantine', 'alert'] as const;
export type LeakPolicy = (typeof leakPolicies)[number];

/** `alreadyRevoked`: the key was dead, so nobody was woken. */
export const leakActions = ['revoked', 'quarantined', 'alerted', 'alreadyRevoked'] as const;
export type LeakAction = (typeof leakActions)[number];

/** Of a pasted text, from harmless to urgent. `unknown`: of the right form, and none of this organization. */
export const leakVerdicts = ['notAKey', 'badChecksum', 'unknown', 'known'] as const;
export type LeakVerdict = (typeof leakVerdicts)[number];
