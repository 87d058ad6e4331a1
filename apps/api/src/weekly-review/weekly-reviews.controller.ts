import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { signedChoices, SignWeeklyReview, WeeklyReviewPage, WeeklyReviewView } from './weekly-reviews.dto';
import { WeeklyReviewsService } from './weekly-reviews.service';

@ApiTags('Reviews')
@Controller('v1/weekly-reviews')
export class WeeklyReviewsController {
  constructor(private readonly reviews: WeeklyReviewsService) {}

  @Get()
  @Access('reviews:read')
  @RecordedQuery(
    { name: 'signed', description: 'Only what is signed, or is not.', enum: signedChoices, example: 'false' },
    'limit',
    'cursor',
    'order',
  )
  @ApiOperation({
    summary: 'List the weekly reviews',
    description:
      'Made every Monday of the week that is over (UTC), to be signed within a week. Up to eight weeks that were missed are made up for.',
  })
  @ApiOkResponse({ type: WeeklyReviewPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<WeeklyReviewPage> {
    return this.reviews.list(actor, query);
  }

  @Get(':id')
  @Access('reviews:read')
  @ApiOperation({
    summary: 'Get a weekly review with its digest',
    description: 'The digest says how things were when it was made, and stays as it is.',
  })
  @ApiOkResponse({ type: WeeklyReviewView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<WeeklyReviewView> {
    return this.reviews.get(actor, id);
  }

  @Post(':id/sign')
  @HttpCode(200)
  @Access('reviews:write')
  @Refuses('illegal_transition')
  @ApiOperation({
    summary: 'Sign off a weekly review',
    description:
      'Keeps the digest with your name, the time and its hash among the reviews (`/v1/reviews`, kind `weekly`), and in exports of evidence.',
  })
  @ApiOkResponse({ type: WeeklyReviewView })
  sign(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: SignWeeklyReview): Promise<WeeklyReviewView> {
    return this.reviews.sign(actor, id, body);
  }
}
