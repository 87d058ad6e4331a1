export { networkOf, sourceOf } from './address';
export type { Call } from './call';
export { createDetection, type Detection } from './detection';
export type { Facts, Finding, Lesson, Subject } from './finding';
export { nothingKnown, nothingSaid, type Accepted, type DetectionProfile, type NormalUsage } from './profile';
export { defaultSettings, type DetectionSettings } from './settings';
export type { Snapshot } from './subjects';
