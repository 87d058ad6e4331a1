/**
 * The description of the API without a running product: Nest in preview mode builds no provider, so there is no database and no journal.
 * For tools/start/generate.mjs, which writes docs/openapi.json.
 */
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from './app.module';
import { readConfig } from './config';
import { apiDescription } from './platform/openapi';

export async function describeApi(): Promise<OpenAPIObject> {
  const config = {
    ...readConfig({}),
    database: { url: 'postgres://nowhere', ownerUrl: 'postgres://nowhere' },
    consoleDirectory: null,
    exportThread: null,
    archiveThread: null,
    reportThread: null,
  };
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), new FastifyAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return apiDescription(app, null);
}
