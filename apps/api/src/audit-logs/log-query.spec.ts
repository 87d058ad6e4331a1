import { logFilterParameters } from '@pinebill/contract';
import { parseId, typeId } from '../platform/ids';
import { logParameters } from './log-parameters';
import { readLogQuery } from './log-query';

const uuid = '0193a0b0-0000-7000-8000-000000000001';
const thrown = (parameters: object) => {
  try {
    return readLogQuery(parameters);
  } catch (error) {
    return error;
  }
};

describe('a query of the log', () => {
  it('describes every parameter of the grammar, and no other', () => {
    expect([...logParameters.map(({ name }) => name), 'from', 'to'].sort()).toEqual([...logFilterParameters].sort());
  });

  it.each(logParameters.map(({ name, example }) => [name, String(example)]))('takes the documented example of %s', (name, example) => {
    expect(thrown({ [name]: example })).toMatchObject({ limit: 50, order: 'desc', cursor: null });
  });

  it('turns ids into uuids; a request and its record are found by either id', () => {
    expect(readLogQuery({ apiKeyId: `!${typeId('key', uuid)}` }).filter.conditions).toEqual([
      { field: 'apiKeyId', negated: true, anyOf: [{ kind: 'exact', value: uuid }] },
    ]);
    const requestId = `${typeId('req', uuid)},${typeId('log', uuid)}`;
    expect(readLogQuery({ requestId }).filter.conditions[0]!.anyOf).toEqual([
      { kind: 'exact', value: uuid },
      { kind: 'exact', value: uuid },
    ]);
    expect(parseId('req', typeId('req', uuid))).toBe(uuid);
  });

  it('names every parameter that is wrong', () => {
    const parameters = { status: '99', ip: 'here', from: 'then', apiKeyId: 'key_x', limit: '5' };
    expect(thrown(parameters)).toMatchObject({
      code: 'invalid_field',
      options: { issues: ['?from', '?status', '?apiKeyId', '?ip'].map((pointer) => ({ pointer })) },
    });
  });

  it.each([
    [{ nonsense: '1' }, 'unknown_parameter'],
    [{ groupBy: 'path' }, 'unknown_parameter'],
    [{ from: '2025-01-02', to: '2025-01-01' }, 'invalid_field'],
    [{ limit: '0' }, 'invalid_field'],
    [{ order: 'down' }, 'invalid_field'],
    [{ method: ['GET', 'PUT'] }, 'invalid_field'],
    [{ cursor: ['a', 'b'] }, 'invalid_field'],
  ])('refuses %j with %s', (parameters, code) => {
    expect(thrown(parameters)).toMatchObject({ code });
  });
});
