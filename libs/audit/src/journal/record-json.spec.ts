import fc from 'fast-check';
import type { AuditRecord } from '../audit.types';
import { aRecord } from '../testing/records';
import { readRecord, recordJson } from './record-json';

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('"\\\u0000\u2028\ud800'));
const optional = fc.option(text);
const amount = fc.option(fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })));

/** Any record, with every field that `aRecord` knows: one that is added later and forgotten here would fail the first spec. */
const anyRecord: fc.Arbitrary<AuditRecord> = fc.record({
  ...Object.fromEntries(Object.keys(aRecord()).map((field) => [field, optional])),
  id: text,
  organizationId: text,
  kind: fc.constantFrom('request', 'gap', 'mode'),
  startedAt: text,
  outcome: fc.constantFrom('completed', 'aborted', 'unknown', 'protocolError'),
  actorType: fc.constantFrom('apiKey', 'user', 'anonymous', 'system'),
  status: fc.option(fc.integer({ min: 100, max: 599 })),
  durationMs: amount,
  authMs: amount,
  handlerMs: amount,
  requestBytes: amount,
  responseBytes: amount,
  query: fc.option(fc.dictionary(text, fc.oneof(text, fc.array(text)))),
  error: fc.option(
    fc.record(
      {
        code: text,
        detail: optional,
        issues: fc.array(fc.record({ pointer: text, rule: text, expected: text })),
        figures: fc.dictionary(text, fc.oneof(text, fc.integer())),
      },
      { requiredKeys: ['code', 'detail', 'issues'] },
    ),
  ),
  gap: fc.option(fc.record({ from: text, to: text, count: fc.option(fc.nat()), atMost: fc.nat(), cause: text })),
  marks: fc.subarray(['sanitized', 'truncated', 'redacted'] as const),
}) as unknown as fc.Arbitrary<AuditRecord>;

const read = (json: string): AuditRecord => readRecord(JSON.parse(json) as object);

describe('a record as JSON', () => {
  it('is read back as it was, whatever it says', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        // -0 is no figure that a record has, and no text that JSON has.
        expect(read(recordJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
      }),
    );
  });

  it('leaves out what is null', () => {
    const json = recordJson(aRecord({ path: null, marks: [], error: null }));
    expect(json).not.toMatch(/null|marks|path/);
  });

  it('of an earlier version, with every null written, is read as well', () => {
    const record = aRecord({ country: null });
    expect(read(JSON.stringify(record))).toEqual(record);
  });
});
