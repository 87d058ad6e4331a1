/**
 * Where people reach the console, for links: the public URL, else the address that the caller itself used. Only people call the routes that
 * make links, and the door has compared the Host with where their page came from.
 */
import { createParamDecorator, Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { APP_CONFIG, type AppConfig } from '../config';

@Injectable()
class PublicOrigin implements PipeTransform<string | undefined, string> {
  constructor(@Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl' | 'host' | 'port'>) {}

  transform(host: string | undefined): string {
    const { publicUrl, host: listens, port } = this.config;
    return (
      publicUrl ??
      (host !== undefined && /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host)
        ? `http://${host}`
        : `http://${listens}:${port}`)
    );
  }
}

const Host = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => context.switchToHttp().getRequest<FastifyRequest>().headers.host,
);

export const ConsoleOrigin = (): ParameterDecorator => Host(PublicOrigin);
