import { statusClasses, type StatusClass } from '@pinebill/contract';
import { ApiProperty } from '@nestjs/swagger';

export class StatusCodeView {
  @ApiProperty({ type: 'integer', example: 429 }) code!: number;
  @ApiProperty({ example: 'Too Many Requests' }) meaning!: string;
  @ApiProperty({ enum: statusClasses, example: 'clientError' }) class!: StatusClass;
  @ApiProperty({ example: 'Rate limit exceeded' }) description!: string;
  @ApiProperty({ type: [String], example: ['Rate limit exceeded'], description: 'Most likely first; empty when nothing went wrong.' })
  causes!: string[];
  @ApiProperty({ type: [String], example: ['Implement exponential backoff.'] }) whatToDo!: string[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Where to read on: a path of this server.' }) link!:
    string | null;
}

export class StatusCodeReference {
  @ApiProperty({ type: [StatusCodeView] }) data!: StatusCodeView[];
}
