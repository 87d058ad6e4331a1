import { ApiProperty } from '@nestjs/swagger';

export class MaintenanceView {
  @ApiProperty({ example: true, description: 'Whether changes are refused at the moment.' }) active!: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2025-12-02T10:30:15.123Z' }) startedAt!: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2025-12-02T11:00:15.123Z',
    description: 'The end that was announced. It goes on until the operator ends it.',
  })
  endsAt!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'The database is moved to a larger machine.',
    description: 'What the operator says.',
  })
  message!: string | null;
}
