/** How the filter's parameters are described to callers. The grammar itself is libs/contract/src/log-filter.ts; a test holds the two together. */
import { statsGroups } from '@pinebill/nestjs-audit';
import type { QueryParameter } from '../platform/recorded-query.decorator';

export const logParameters: readonly QueryParameter[] = [
  { name: 'method', description: 'HTTP method, in upper or lower case.', example: 'POST,PUT' },
  { name: 'status', description: 'A status code such as `404`, or a class such as `4xx`.', example: '4xx,500' },
  { name: 'apiKeyId', description: 'Made with this API key.', example: 'key_01jdw2f8qtfvkbh1mv4s9aq0ng' },
  { name: 'keyFingerprint', description: 'Made with this unknown key.', example: '3fa9c2d4e5b6' },
  { name: 'service', description: 'Service of the key at that moment.', example: 'checkout' },
  { name: 'team', description: 'Team of the key at that moment.', example: 'payments' },
  { name: 'environment', description: 'Environment of the key at that moment.', example: 'production' },
  { name: 'actorType', description: 'Who called: `apiKey`, `user` or `anonymous`.', example: 'apiKey,anonymous' },
  { name: 'path', description: 'The path as it was sent, or a prefix that ends in `*`.', example: '/v1/invoices*' },
  {
    name: 'route',
    description: 'The template of the endpoint, or a prefix that ends in `*`; `!/*` finds what no endpoint matched.',
    example: '/v1/invoices/{id}',
  },
  { name: 'ip', description: 'An address or a network.', example: '!10.0.0.0/8' },
  { name: 'country', description: 'ISO 3166-1 alpha-2, in upper or lower case.', example: 'DE,AT' },
  { name: 'userAgent', description: 'Part of the user agent, in upper or lower case.', example: 'curl' },
  { name: 'reason', description: 'Why it did not succeed.', example: 'revoked_key,expired_key' },
  { name: 'requestId', description: 'The `Request-Id` of the answer.', example: 'req_01jdw2f8qtfvkbh1mv4s9aq0ng' },
  { name: 'incidentId', description: 'Evidence of this incident.', example: 'inc_01kaxvz3k5e7hs0q4mm2m1bqgf' },
  { name: 'findingId', description: 'Rows of this finding of detection.', example: 'fnd_01kaxvz3k5e7hs0q4mm2m1bqgf' },
  { name: 'minDurationMs', description: 'Took at least so long.', example: '250' },
  { name: 'maxDurationMs', description: 'Took at most so long.', example: '1000' },
];

export const groupBy: QueryParameter = {
  name: 'groupBy',
  description: 'What tells requests apart. `endpoint` is method and route, `statusClass` such as `4xx`. Left out: nothing does.',
  example: 'status',
  enum: statsGroups,
};
export const interval: QueryParameter = {
  name: 'interval',
  description: 'One line for each minute, hour or day, in UTC. Left out: the whole period is one.',
  example: 'hour',
  enum: ['minute', 'hour', 'day'],
};
