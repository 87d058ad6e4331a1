import fc from 'fast-check';
import { typeIdSuffix } from './request-id';

describe('what a caller sees of a uuid', () => {
  // Out of the specification's valid.json, TypeID 0.3.
  it.each([
    ['00000000-0000-0000-0000-000000000000', '00000000000000000000000000'],
    ['00000000-0000-0000-0000-000000000001', '00000000000000000000000001'],
    ['00000000-0000-0000-0000-00000000000a', '0000000000000000000000000a'],
    ['00000000-0000-0000-0000-000000000020', '00000000000000000000000010'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', '7zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['0110c853-1d09-52d8-d73e-1194e95b5f19', '0123456789abcdefghjkmnpqrs'],
    ['01890a5d-ac96-774b-bcce-b302099a8057', '01h455vb4pex5vsknk084sn02q'],
  ])('%s is %s', (uuid, suffix) => {
    expect(typeIdSuffix(uuid)).toBe(suffix);
  });

  it('keeps the order', () => {
    fc.assert(fc.property(fc.uuid(), fc.uuid(), (a, b) => expect(typeIdSuffix(a) < typeIdSuffix(b)).toBe(a < b)));
  });
});
