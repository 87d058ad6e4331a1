import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** `@RawBody()`: the handler finds the bytes of the body, a Buffer, in `request.body`. It parses them itself, once it believes them. */
export const RawBody = (): MethodDecorator => RouteConfig({ rawBody: true });

export const takesRawBody = ({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>): boolean =>
  (routeOptions.config as { rawBody?: boolean }).rawBody === true;
