export { AccessReviewModule } from './access-review.module';
export { keepReview } from './keep-review';
export { signedReviews, type SignedReview } from './reviews.queries';
