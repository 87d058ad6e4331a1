import { ApiProperty } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { IsLongText } from '../../platform/long-text.decorator';
import { IncidentPerson, time } from '../incident-view.dto';

export const MOST_TEMPLATE = 20_000;
const example = '# Incident {{number}}: {{title}}\n\n{{summary}}\n\n## Timeline\n\n{{timeline}}\n';

export class TemplatePlaceholder {
  @ApiProperty({ example: 'title', description: 'Written as `{{title}}`.' }) name!: string;
  @ApiProperty({ enum: ['text', 'block'], example: 'text', description: '`block`: alone on a line.' }) kind!: 'text' | 'block';
}

export class IncidentTemplate {
  @ApiProperty({ example, description: 'Markdown with placeholders: what reports in Markdown and PDF are made by.' }) text!: string;
  @ApiProperty({ example: false, description: 'Whether it is the standard one.' }) standard!: boolean;
  @ApiProperty({ example, description: 'The standard one, to begin with or to go back to.' }) standardText!: string;
  @ApiProperty({ type: [TemplatePlaceholder], description: 'All that it may hold.' }) placeholders!: TemplatePlaceholder[];
  @ApiProperty(time()) changedAt!: string | null;
  @ApiProperty({ type: IncidentPerson, nullable: true }) changedBy!: IncidentPerson | null;
}

export class SetIncidentTemplate {
  @ApiProperty({ type: String, nullable: true, example, description: 'Null: back to the standard template.' })
  @ValidateIf((_, value) => value !== null)
  @IsLongText(MOST_TEMPLATE)
  text!: string | null;
}

export class PreviewIncidentTemplate {
  @ApiProperty({ example }) @IsLongText(MOST_TEMPLATE) text!: string;
}

export class IncidentTemplatePreview {
  @ApiProperty({ example: '# Incident 12: Production API used from 203.0.113.7\n' }) markdown!: string;
}
