import { checkPayload, operationOf, type Finding } from './check-payload';

const invoice = operationOf('Invoices.create');
const customer = operationOf('Customers.create');
const told = (text: string, operation = invoice): string[] =>
  checkPayload(text, operation).map(
    ({ line, column, pointer, rule, expected }: Finding) => `${line}:${column} ${pointer} ${rule}: ${expected}`,
  );

const right = `{
  "customerId": "cus_01jdw2f8qtfvkbh1mv4s9aq0ng",
  "currency": "EUR",
  "lines": [
    { "description": "Consulting", "quantity": 3, "unitAmount": 12500 }
  ],
  "dueAt": "2026-01-01"
}`;

it('finds nothing in what the API takes', () => {
  expect(told(right)).toEqual([]);
  expect(told(right.replace('"2026-01-01"', 'null'))).toEqual([]);
  for (const { example, ...operation } of [invoice, customer]) expect(told(JSON.stringify(example), { example, ...operation })).toEqual([]);
});

it('says by line, column, pointer and rule what is wrong with a value', () => {
  const wrong = right
    .replace('"quantity": 3', '"quantity": "3"')
    .replace('12500', '-1')
    .replace('"EUR"', '"euro"')
    .replace('"2026-01-01"', '"tomorrow"')
    .replace('"currency"', '"note": "x", "currency"');
  expect(told(wrong)).toEqual([
    '3:3 /note unknownField: no such field here',
    '3:28 /currency pattern: ISO 4217, in capitals.',
    '5:48 /lines/0/quantity type: a whole number',
    '5:67 /lines/0/unitAmount minimum: at least 0',
    '7:12 /dueAt format: a time such as 2025-12-02T10:30:15Z',
  ]);
});

it('says what is missing where it should stand', () => {
  expect(told('{\n  "lines": [{}]\n}')).toEqual([
    '1:1 /customerId required: it is missing',
    '1:1 /currency required: it is missing',
    '2:13 /lines/0/description required: it is missing',
    '2:13 /lines/0/quantity required: it is missing',
    '2:13 /lines/0/unitAmount required: it is missing',
  ]);
  expect(told('{ "name": "", "email": "nobody", "address": { "city": 7 } }', customer)).toEqual([
    '1:11 /name minLength: some text: it is empty',
    '1:24 /email pattern: An e-mail address.',
    '1:45 /address/line1 required: it is missing',
    '1:45 /address/country required: it is missing',
    '1:55 /address/city type: text',
  ]);
  expect(told('{ "name": "ACME", "email": "a@acme.example", "address": "x" }', customer)).toHaveLength(1);
});

it.each([
  ['', '1:1  json: a JSON object'],
  ['{\n  "currency": "EUR",\n}', '3:1  json: the name of a field in double quotes, and no comma after the last field'],
  ['{ "lines": [1, 2 ', '1:18 /lines/1 json: a closing ]'],
  ["{ 'currency': 1 }", '1:3  json: a value: text in double quotes, a number, true, false, null, an object or a list'],
  ['{ "currency": "EUR" // why\n}', '1:21 /currency json: no comments: JSON has none'],
  ['{ "currency": 01 }', '1:16 /currency json: a comma between two fields or values'],
])('says where %j stops being JSON', (text, wanted) => {
  expect(told(text)[0]).toBe(wanted);
});

it('says that a name comes twice, and escapes what a pointer must escape', () => {
  expect(told(right.replace('"currency": "EUR"', '"currency": "USD", "currency": "EUR"'))).toEqual([
    '3:22 /currency duplicate: each field once: of two the last one counts',
  ]);
  expect(told(right.replace('"currency"', '"a/b~c ü": 1, "currency"'))).toEqual(['3:3 /a~1b~0c ü unknownField: no such field here']);
});
