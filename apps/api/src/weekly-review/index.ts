export { WeeklyReviewJobs } from './weekly-review.jobs';
export { WeeklyReviewModule } from './weekly-review.module';
