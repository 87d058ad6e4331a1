import { BadRequestException, HttpException } from '@nestjs/common';
import { errors } from '@pinebill/contract';
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { AppError } from './app-error';
import { edgeProblem, isAwayForAll, isDatabaseAway, problemDocument, reasonOf, toAppError } from './problem';

const coded = (code: string, statusCode?: number) => Object.assign(new Error('secret inside'), { code, statusCode });

it('passes an error of ours on as it is', () => {
  const error = new AppError('name_taken', { detail: 'Choose another name.' });
  expect(toAppError(error)).toBe(error);
});

it.each([
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'malformed_json'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'malformed_json'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'payload_too_large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported_media_type'],
  ['FST_ERR_BAD_URL', 'malformed_request'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'uri_too_long'],
])('knows %s of the framework as %s, also when Nest has wrapped it', (code, expected) => {
  const error = coded(code, 400);
  expect(toAppError(error).code).toBe(expected);
  expect(toAppError(new HttpException('wrapped', 400, { cause: error })).code).toBe(expected);
});

it.each([
  [502, 'upstream_error'],
  [503, 'overload'],
  [504, 'upstream_timeout'],
  [413, 'payload_too_large'],
])('knows an HttpException of status %i as %s', (status, code) => {
  expect(toAppError(new HttpException('x', status))).toMatchObject({ code, status });
});

it('what one statement of one organization runs into is no database that is away for all', () => {
  const of = (code: string) => ({ driverError: { code } });
  expect(['57014', '40P01', '55P03', '40001', '42703'].map((code) => isAwayForAll(of(code)))).toEqual([false, false, false, false, false]);
  expect(['57P01', '08006', '53300', 'ECONNREFUSED'].map((code) => isAwayForAll(of(code)))).toEqual([true, true, true, true]);
});

it('a statement that ran out of time is not told to be a database that cannot be reached', () => {
  const error = Object.assign(new Error('canceling statement due to statement timeout'), { driverError: { code: '57014' } });
  expect(toAppError(error)).toMatchObject({ code: 'database_unavailable', options: { detail: expect.stringContaining('Ask for less') } });
  expect(toAppError(Object.assign(new Error('x'), { code: '57P01' }))).toMatchObject({
    options: { detail: expect.stringContaining('cannot be reached') },
  });
});

it.each(['ECONNREFUSED', '57P01', '57P03', '08006', '53300', '53100', '57014', '25006', '40P01', '40001'])(
  'knows %s as the database being away, and when to try again',
  (code) => {
    const error = toAppError(Object.assign(new Error('query failed'), { driverError: coded(code) }));
    expect(error).toMatchObject({ code: 'database_unavailable', status: 503, options: { headers: { 'retry-after': '2' } } });
  },
);

it.each([new QueryRunnerAlreadyReleasedError(), new QueryRunnerProviderAlreadyReleasedError()])(
  'knows a connection that was cut between two statements (%p) as the database being away',
  (error) => {
    expect(toAppError(error).code).toBe('database_unavailable');
  },
);

it('does not take a violated constraint for an absent database', () => {
  expect(isDatabaseAway(coded('23505'))).toBe(false);
});

it.each([new Error('secret inside'), 'a string', null, new BadRequestException('secret inside')])(
  'tells the caller nothing about the inside of %p',
  (thrown) => {
    expect(JSON.stringify(problemDocument(toAppError(thrown), 'req_1'))).not.toContain('secret inside');
  },
);

it('gives what nobody expected the status 500 and the reason handler_error', () => {
  const error = toAppError(new TypeError('x is undefined'));
  expect(error.status).toBe(500);
  expect(reasonOf(error)).toBe('handler_error');
});

it('renders RFC 9457 with code, request id and issues', () => {
  const issues = [{ pointer: '/name', rule: 'isString', expected: 'must be a string' }];
  expect(problemDocument(new AppError('invalid_field', { detail: 'Correct it.', issues, reason: 'invalid_field' }), 'req_1')).toEqual({
    type: 'urn:pinebill:problem:invalid_field',
    title: errors.invalid_field.title,
    status: 400,
    detail: 'Correct it.',
    code: 'invalid_field',
    requestId: 'req_1',
    issues,
  });
});

it('keeps the reason out of the answer', () => {
  expect(JSON.stringify(problemDocument(new AppError('invalid_api_key', { reason: 'revoked_key' }), null))).not.toContain('revoked');
});

it('has words for what the edge answers by itself', () => {
  expect(edgeProblem('request_timeout', 'req_1')).toMatchObject({ status: 408, code: 'request_timeout', requestId: 'req_1' });
  expect(edgeProblem('no_such_code', 'req_1')).toMatchObject({ status: 500, code: 'internal_error' });
});
