import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { HygieneModule } from '../hygiene';
import { WeeklyReviewJobs } from './weekly-review.jobs';
import { WeeklyReviewsController } from './weekly-reviews.controller';
import { WeeklyReviewsService } from './weekly-reviews.service';

/** What happened in a week, and that somebody has looked at it. */
@Module({
  imports: [ActivityModule, HygieneModule],
  controllers: [WeeklyReviewsController],
  providers: [WeeklyReviewsService, WeeklyReviewJobs],
})
export class WeeklyReviewModule {}
