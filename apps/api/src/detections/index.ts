export { DetectionsModule } from './detections.module';
export { BaselinesService } from './normal-usage/baselines.service';
export { DetectionRunner } from './detection-runner.jobs';
export { FindingListeners, type FindingChange, type FindingListener } from './finding-listener';
export { toFindingView } from './finding-view';
export { findingColumns, getFinding, namesOfSubjects, strangers, type FindingRow } from './findings.queries';
export type { FindingView } from './findings.dto';
export { detectionCoverage } from './detection-state.queries';
