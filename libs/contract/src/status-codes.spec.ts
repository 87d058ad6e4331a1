import { errors, reasons } from './errors';
import { reasonTexts } from './reason-texts';
import { statusCodeOf, statusCodes } from './status-codes';

/** The tables of the product's documentation, as they are written there. */
const documented = [
  [200, 'OK', 'Request successful'],
  [201, 'Created', 'Resource created successfully'],
  [204, 'No Content', 'Successful, no response body'],
  [400, 'Bad Request', 'Invalid request format or parameters'],
  [401, 'Unauthorized', 'Invalid or missing API key'],
  [403, 'Forbidden', 'API key lacks required permissions'],
  [404, 'Not Found', "Endpoint or resource doesn't exist"],
  [429, 'Too Many Requests', 'Rate limit exceeded'],
  [500, 'Internal Server Error', 'Contact support if persists'],
  [502, 'Bad Gateway', 'Temporary issue, retry with backoff'],
  [503, 'Service Unavailable', 'System maintenance or overload'],
] as const;

describe('the status-code reference', () => {
  it.each(documented)('explains %i %s in the words of the documentation: %s', (code, meaning, words) => {
    const row = statusCodeOf(code);
    expect(row?.meaning).toBe(meaning);
    expect([row?.description, ...(row?.causes ?? []), ...(row?.whatToDo ?? [])]).toContain(words);
  });

  const emitted = new Set([...Object.values(errors).map((error) => error.status), ...Object.keys(reasons).map(Number), 304, 499]);
  it.each([...emitted].sort((a, b) => a - b))('has an entry for %i, which the product can emit', (code) => {
    expect(statusCodeOf(code)).not.toBeNull();
  });

  it('names each status once, in order, in the class of its first digit', () => {
    const classOf = { 2: 'success', 3: 'redirection', 4: 'clientError', 5: 'serverError' } as Record<number, string>;
    const codes = statusCodes.map((row) => row.code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    for (const row of statusCodes) expect(row.class).toBe(classOf[Math.floor(row.code / 100)]);
  });

  it('says why and what to do for every failure', () => {
    for (const row of statusCodes.filter(({ code }) => code >= 400)) {
      expect(row.causes.length).toBeGreaterThan(0);
      expect(row.whatToDo.length).toBeGreaterThan(0);
    }
    expect(statusCodeOf(418)).toBeNull();
  });

  it.each(Object.values(reasons).flat())('explains the reason %s and the next step', (reason) => {
    expect(reasonTexts[reason].what).toMatch(/\.$/);
    expect(reasonTexts[reason].next).toMatch(/\.$/);
  });
});
