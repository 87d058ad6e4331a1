export { limitUsage, type LimitUsage } from './limit-usage';
export { limitsOfKey, limitsOfSession, reserveOfSession } from './limits-of';
export { limitHeaders, rateLimited } from './rate-limited';
export { RateLimits } from './rate-limits';
export type { Verdict } from './shared-limits';
export { RateLimitsModule } from './rate-limits.module';
