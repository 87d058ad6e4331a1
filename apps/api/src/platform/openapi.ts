/** The description of the API: OpenAPI 3.1 at /openapi.json, readable at /docs. Made from the DTOs and decorators, so it cannot drift from them. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { AppConfig } from '../config';
import { completeDocument } from './openapi-document';

export function apiDescription(app: INestApplication, publicUrl: string | null): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('PineBill API')
    .setVersion('1')
    .setDescription(
      'Invoices, customers, API keys, and the record of every request. Times are RFC 3339 in UTC, errors are RFC 9457 problem documents.',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `pbk_...`' }, 'apiKey')
    .addCookieAuth('pinebill_session', { type: 'apiKey', in: 'cookie', name: 'pinebill_session' }, 'session');
  if (publicUrl !== null) builder.addServer(publicUrl);
  const draft = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  return completeDocument(draft);
}

export function serveApiDescription(app: INestApplication, config: AppConfig): void {
  const document = apiDescription(app, config.publicUrl);
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'PineBill API reference' });
}
