import fc from 'fast-check';
import { canonicalJson, type Json } from './canonical-json';

it('writes the example of RFC 8785, section 3.2.3: names in the order of their UTF-16 code units', () => {
  const names = {
    '\u20ac': 'Euro',
    '\r': 'CR',
    '\ufb33': 'Dalet',
    '1': 'One',
    '\ud83d\ude00': 'Smile',
    '\u0080': 'Control',
    '\u00f6': 'O',
  };
  expect(Object.values(JSON.parse(canonicalJson(names)) as object)).toHaveLength(7);
  expect(canonicalJson(names).match(/"(CR|One|Control|O|Euro|Smile|Dalet)"/g)).toEqual(
    ['CR', 'One', 'Control', 'O', 'Euro', 'Smile', 'Dalet'].map((name) => `"${name}"`),
  );
});

it('has no blanks, and writes null, lists and numbers as they are', () => {
  expect(canonicalJson({ b: [1, null, 'x y'], a: { d: true, c: 1e21 } })).toBe('{"a":{"c":1e+21,"d":true},"b":[1,null,"x y"]}');
});

const shuffled = (value: Json): Json =>
  Array.isArray(value)
    ? (value as Json[]).map(shuffled)
    : value !== null && typeof value === 'object'
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, member]) => [name, shuffled(member)]),
        )
      : value;

it('means the same, and does not depend on the order of members', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (any) => {
      const value = any as Json;
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(shuffled(value))).toBe(text);
    }),
  );
});
