export { AccessReviewModule } from './access-review.module';
export { signedReviews, type SignedReview } from './reviews.queries';
