import { ApiProperty } from '@nestjs/swagger';
import { LogIssue, LogTiming } from '../audit-logs.dto';

const text = (example: string | null, description?: string) =>
  ({ type: String, nullable: true, example, ...(description ? { description } : {}) }) as const;
const number = (example: number) => ({ type: Number, nullable: true, example }) as const;
const at = { format: 'date-time', example: '2025-12-02T10:30:15.123Z' } as const;
const requestId = 'req_01jdw2f8qtfvkbh1mv4s9aq0ng';

export class BundleInstallation {
  @ApiProperty({ example: 'durable' }) recordingMode!: string;
  @ApiProperty({ example: 'v22.12.0' }) node!: string;
}
export class BundleCaller {
  @ApiProperty({ example: 'apiKey' }) type!: string;
  @ApiProperty(text('key_01jdw2f8qtfvkbh1mv4s9aq0ng')) apiKeyId!: string | null;
  @ApiProperty(text('pbk_...x7f2')) masked!: string | null;
  @ApiProperty(text('203.0.113.0/24', 'Of the address; never the address itself.')) network!: string | null;
  @ApiProperty(text('acme-checkout/2.1')) userAgent!: string | null;
}
export class BundleError {
  @ApiProperty({ example: 'internal_error' }) code!: string;
  @ApiProperty(text('Something failed on our side. Give the request id to support.')) detail!: string | null;
  @ApiProperty({ type: [LogIssue], example: [] }) issues!: LogIssue[];
}
export class BundleRequest {
  @ApiProperty({ example: requestId }) requestId!: string;
  @ApiProperty({ example: 'org_01jdw2f8qtfvkbh1mv4s9aq0ng' }) organizationId!: string;
  @ApiProperty(at) startedAt!: string;
  @ApiProperty(number(12.4)) durationMs!: number | null;
  @ApiProperty(text('POST')) method!: string | null;
  @ApiProperty(text('/v1/invoices')) path!: string | null;
  @ApiProperty(text('/v1/invoices')) route!: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    example: { status: '[redacted]' },
    description: 'Names only.',
  })
  query!: Record<string, string> | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 500 }) status!: number | null;
  @ApiProperty({ example: 'completed' }) outcome!: string;
  @ApiProperty(text('handler_error')) reason!: string | null;
  @ApiProperty({ type: BundleCaller }) caller!: BundleCaller;
  @ApiProperty(number(0)) requestBytes!: number | null;
  @ApiProperty(number(312)) responseBytes!: number | null;
  @ApiProperty({ type: LogTiming }) timing!: LogTiming;
  @ApiProperty({ type: BundleError, nullable: true }) error!: BundleError | null;
  @ApiProperty(text(null)) traceId!: string | null;
  @ApiProperty(text(null)) clientRequestId!: string | null;
  @ApiProperty({ type: [String], example: [] }) marks!: string[];
}
export class BundleHelp {
  @ApiProperty(text('Invoices.create')) operationId!: string | null;
  @ApiProperty(text(null)) neededScope!: string | null;
  @ApiProperty(text(null)) notFound!: string | null;
  @ApiProperty({ type: Boolean, nullable: true, example: null }) retryRespected!: boolean | null;
  @ApiProperty({ type: Boolean, nullable: true, example: true }) persists!: boolean | null;
}
export class BundleFailure {
  @ApiProperty({ example: requestId }) requestId!: string;
  @ApiProperty(at) startedAt!: string;
  @ApiProperty(number(12.4)) durationMs!: number | null;
  @ApiProperty(text('handler_error')) reason!: string | null;
}
export class SupportBundle {
  @ApiProperty({ example: 'pinebill-support-bundle' }) kind!: 'pinebill-support-bundle';
  @ApiProperty(at) madeAt!: string;
  @ApiProperty({ type: BundleInstallation }) installation!: BundleInstallation;
  @ApiProperty({ type: BundleRequest }) request!: BundleRequest;
  @ApiProperty({ type: BundleHelp }) help!: BundleHelp;
  @ApiProperty({ type: [BundleFailure], description: 'Of the same route with the same status, at most ten minutes away; itself included.' })
  sameFailures!: BundleFailure[];
}
