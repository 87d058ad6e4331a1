/** One route for each kind of answer a service gives. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BadGatewayException, Body, Catch, ConflictException, Controller, Delete, Get, GatewayTimeoutException, Head, HttpCode, Injectable, NotFoundException, Options, Param, Post,
  Req, UnauthorizedException,
  Redirect, ServiceUnavailableException, StreamableFile, UnsupportedMediaTypeException, UseGuards, UseFilters, type ArgumentsHost, type CanActivate, type ExceptionFilter,
} from '@nestjs/common'; // prettier-ignore
import { AuditTrail } from '../audit.trail';

@Injectable()
export class NoGuest implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** An application's filter that cuts half an answer off. */
@Catch()
export class CutOff implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>();
    (reply.raw ?? reply).destroy();
  }
}

/** The organization that callers with an `Authorization` header belong to. */
export const acme = '00000000-0000-7000-8000-000000000002';

/** Chunks with pauses, so that a client can leave in the middle. */
async function* drip(chunks: number): AsyncGenerator<string> {
  for (let at = 0; at < chunks; at++) {
    yield 'x'.repeat(1_000);
    await delay(15);
  }
}

@Controller()
export class ItemsController {
  constructor(private readonly trail: AuditTrail) {}

  /** What the handlers did, for tests that ask whether one started. */
  static effects: string[] = [];

  @Get('healthz') health() {
    return { ok: true };
  }
  @Post('healthz') postHealth() {
    return { ok: true };
  }
  @Get('v1/items') list() {
    return { data: [] };
  }
  @Get('v1/items/:id') one(@Param('id') id: string) {
    if (id === 'none') throw new NotFoundException();
    return { id };
  }
  @Head('v1/heads') heads() {
    return undefined;
  }
  @Post('v1/items') create(@Body() body: { name?: string }) {
    ItemsController.effects.push(`create ${body.name ?? ''}`);
    if (body.name === 'taken') throw new ConflictException();
    return { id: 'i1', ...body };
  }
  @Delete('v1/items/:id') @HttpCode(204) remove() {
    ItemsController.effects.push('remove');
  }
  @Options('v1/items') @HttpCode(204) options() {
    return undefined;
  }
  @Get('v1/unchanged') @HttpCode(304) unchanged() {
    return undefined;
  }
  @Get('v1/moved') @Redirect('/v1/items', 302) moved() {
    return undefined;
  }
  @Get('v1/fails') fails() {
    throw new Error('a bug');
  }
  @Post('v1/cut-off') @UseFilters(CutOff) cutOff() {
    ItemsController.effects.push('cut off');
    return {};
  }
  @Get('v1/upstream-fails') upstreamFails() {
    throw new BadGatewayException();
  }
  @Get('v1/upstream-hangs') upstreamHangs() {
    throw new GatewayTimeoutException();
  }
  @Get('v1/busy') busy() {
    throw new ServiceUnavailableException();
  }
  @Post('v1/typed') typed() {
    throw new UnsupportedMediaTypeException();
  }
  @Get('v1/admins') @UseGuards(NoGuest) admins() {
    return {};
  }
  @Get('v1/slow') async slow() {
    await delay(80);
    return { slow: true };
  }
  @Post('v1/slow') async slowCreate() {
    ItemsController.effects.push('slow create');
    await delay(80);
    return { slow: true };
  }
  @Get('v1/large') large() {
    return { data: 'x'.repeat(16 * 1024 * 1024) };
  }
  /** As a sign-in does: the account is known, the password is wrong. */
  @Post('v1/sign-in') signIn(@Req() request: object) {
    this.trail.assign(request, { organizationId: acme, actor: { type: 'user', id: 'u1', name: 'Ada' } });
    this.trail.describe(request, {
      reason: 'invalid_credentials',
      error: {
        code: 'invalid_credentials',
        detail: 'The password is not right.',
        issues: [],
        figures: { attempts: 3, told: 'x'.repeat(200) },
      },
    });
    throw new UnauthorizedException({ requestId: this.trail.requestId(request), caller: this.trail.identity(request)?.actor.name });
  }
  @Get('v1/stream') stream() {
    return new StreamableFile(Readable.from(drip(6)), { type: 'text/plain' });
  }
  @Get('v1/endless') endless() {
    return new StreamableFile(Readable.from(drip(400)), { type: 'text/plain' });
  }
  @Get('v1/broken-stream') brokenStream() {
    return new StreamableFile(
      Readable.from(
        (async function* () {
          yield 'begun';
          await delay(150); // by then it has left: its opening row is flushed
          throw new Error('the source broke');
        })(),
      ),
    );
  }
  @Post('v1/invitations/:token/accept') accept() {
    return {};
  }
}
