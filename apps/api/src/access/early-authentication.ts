/**
 * Who calls, before the body is read and before it is known whether a route matches: so that a refused body and an unknown path carry the key
 * as well. Order of refusal: 400 for two Authorization headers, 401, 429; everything later is the guard's or the handler's.
 */
import { Injectable } from '@nestjs/common';
import { anonymous, type EdgeRequest, type Identity } from '@pinebill/nestjs-audit';
import type { AccessRule } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { isDatabaseAway, toAppError } from '../platform/problem';
import { PersonAuthentication } from './person-authentication';
import { invalidKey, ProgramAuthentication } from './program-authentication';
import { refusal } from './refusal';

@Injectable()
export class EarlyAuthentication {
  constructor(
    private readonly programs: ProgramAuthentication,
    private readonly people: PersonAuthentication,
  ) {}

  async identify(edge: EdgeRequest): Promise<Identity> {
    try {
      return await this.whoCalls(edge);
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      return { ...anonymous, refusal: refusal(toAppError(error), edge.id) };
    }
  }

  private async whoCalls(edge: EdgeRequest): Promise<Identity> {
    if (authorizations(edge) > 1) return { ...anonymous, refusal: refusal(twice(), edge.id) };
    // An Authorization header wins over a cookie: programs never act with a browser's session.
    if (edge.headers.authorization !== undefined) return this.programs.identify(edge, edge.headers.authorization);
    const person = await this.people.identify(edge);
    if (person) return person;
    if (isOpen(edge)) return anonymous;
    const error = this.people.hasCookie(edge) ? ended() : invalidKey('missing_key');
    return { ...anonymous, refusal: refusal(error, edge.id) };
  }
}

const authorizations = ({ raw }: EdgeRequest): number =>
  raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length;

/** Public routes, and whatever lies outside the API: the console, health, other versions (which do not exist, and may say so). */
function isOpen({ route, rawPath }: EdgeRequest): boolean {
  const rule = route?.metadata as AccessRule | null | undefined;
  if (rule?.kind === 'public') return true;
  return rawPath !== '/v1' && !rawPath.startsWith('/v1/');
}

const twice = (): AppError =>
  new AppError('duplicate_authorization', {
    detail: 'The request carries more than one Authorization header, so it is not clear who calls. Send one.',
  });

const ended = (): AppError => new AppError('no_session', { detail: 'Your session has ended. Sign in again.' });
