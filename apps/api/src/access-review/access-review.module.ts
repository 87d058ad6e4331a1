import { Module } from '@nestjs/common';
import { ActivityModule } from '../activity';
import { AccessReviewController } from './access-review.controller';
import { AccessReviewService } from './access-review.service';
import { ReviewsService } from './reviews.service';

/** Who has access to API keys, and the evidence that somebody looked. */
@Module({
  imports: [ActivityModule],
  controllers: [AccessReviewController],
  providers: [AccessReviewService, ReviewsService],
})
export class AccessReviewModule {}
