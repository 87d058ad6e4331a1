/** The description of the API: OpenAPI 3.1 at /openapi.json, readable at /docs. Made from the DTOs and decorators, so it cannot drift from them. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { AppConfig } from '../config';
import { ApiOperations } from './api-operations';
import { docsCss } from './docs-page';
import { completeDocument } from './openapi-document';

/** In the order of the page: what programs call first, what people do in the console after it. */
const tags = [
  ['Invoices', 'Bill customers: draft, finalize, pay, void.'],
  ['Customers', 'Whom invoices are for.'],
  ['API logs', 'The record of every request made to the organization.'],
  ['API keys', 'Make and revoke the keys that programs call with. People only.'],
  ['Activity', 'What people changed, and who.'],
  ['Reference', 'What status codes mean. Public.'],
  ['Maintenance', 'Whether changes are refused for a while. Public.'],
  ['Session', 'Sign in and out, change the organization.'],
  ['Me', 'One’s own profile, password and sessions.'],
  ['Members', 'People of the organization and their roles.'],
  ['Organization', 'Name, limits and plan.'],
  ['Reviews', 'Who has access to API keys, and the evidence that somebody looked.'],
  ['Alerts', 'Rules about calls and findings, what they would have done, and the inbox of what they fired.'],
  ['System', 'How the installation is: database, journal, processes, quarantine.'],
] as const;

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
  for (const [name, description] of tags) builder.addTag(name, description);
  if (publicUrl !== null) builder.addServer(publicUrl);
  const draft = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  return completeDocument(draft);
}

/** Made when somebody first asks for it: it takes a third of a second, which a start has no need of. */
export function serveApiDescription(app: INestApplication, config: AppConfig): void {
  let made: OpenAPIObject | null = null;
  const document = (): OpenAPIObject => (made ??= apiDescription(app, config.publicUrl));
  app.get(ApiOperations).learn(document);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'PineBill API reference',
    customfavIcon: '/pine.svg',
    customCss: docsCss,
  });
}
