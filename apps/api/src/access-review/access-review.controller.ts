import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { AccessReview, reviewKinds, ReviewPage, ReviewView, SignReview } from './access-review.dto';
import { AccessReviewService } from './access-review.service';
import { ReviewsService } from './reviews.service';

@ApiTags('Reviews')
@Controller('v1')
export class AccessReviewController {
  constructor(
    private readonly accessReview: AccessReviewService,
    private readonly reviews: ReviewsService,
  ) {}

  @Get('access-review')
  @Access('reviews:read')
  @ApiOperation({
    summary: 'See who has access to API keys',
    description: 'Everybody in the organization, every living key and who made it, what stands out, and when the next review is due.',
  })
  @ApiOkResponse({ type: AccessReview })
  get(@CurrentActor() actor: Actor): Promise<AccessReview> {
    return this.accessReview.get(actor);
  }

  @Post('reviews')
  @Access('reviews:write')
  @Refuses('review_outdated')
  @Creates('/v1/reviews')
  @ApiOperation({
    summary: 'Sign off a review',
    description: 'Keeps what was there as evidence, with its hash. Nobody can change or delete it afterwards.',
  })
  @ApiCreatedResponse({ type: ReviewView })
  sign(@CurrentActor() actor: Actor, @Body() body: SignReview): Promise<ReviewView> {
    return this.reviews.sign(actor, body);
  }

  @Get('reviews')
  @Access('reviews:read')
  @RecordedQuery({ name: 'kind', description: 'Only of this kind.', enum: reviewKinds, example: 'access' }, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List the reviews that were signed' })
  @ApiOkResponse({ type: ReviewPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<ReviewPage> {
    return this.reviews.list(actor, query);
  }

  @Get('reviews/:id')
  @Access('reviews:read')
  @ApiOperation({ summary: 'Get a review with what was signed' })
  @ApiOkResponse({ type: ReviewView })
  one(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<ReviewView> {
    return this.reviews.get(actor, id);
  }
}
