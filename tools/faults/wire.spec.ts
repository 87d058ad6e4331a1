import { isCommit, isCommitted, Messages, statementOf } from './wire.mjs';

const message = (type: string, body: string): Buffer => {
  const bytes = Buffer.alloc(type.length + 4 + Buffer.byteLength(body, 'latin1'));
  bytes.write(type, 0, 'latin1');
  bytes.writeUInt32BE(bytes.length - type.length, type.length);
  bytes.write(body, type.length + 4, 'latin1');
  return bytes;
};
const startup = message('', '\0\x03\0\0user\0me\0\0');

it('a conversation is the same however it was cut into packets', () => {
  const sent = Buffer.concat([startup, message('Q', 'begin\0'), message('P', 's1\0COMMIT\0\0\0'), message('S', '')]);
  for (let size = 1; size <= sent.length; size += 1) {
    const messages = new Messages({ startup: true });
    const found = Array.from({ length: Math.ceil(sent.length / size) }, (_, at) => messages.push(sent.subarray(at * size, (at + 1) * size))).flat();
    expect(found.map(({ type }) => type)).toEqual(['', 'Q', 'P', 'S']);
    expect(found.map(statementOf)).toEqual([null, 'begin', 'COMMIT', null]);
  }
}); // prettier-ignore

it('a commit is told from what only mentions one', () => {
  expect(['commit', ' COMMIT', 'end', 'update a set b = 1; commit', 'COMMIT;'].map(isCommit)).toEqual([true, true, true, true, true]);
  expect(['begin', "select 'commit'", 'committed()', 'endless()', 'commit; begin'].map(isCommit)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

it('an answer to a commit is told from a rollback that was asked to commit', () => {
  const [done, undone] = new Messages({ startup: false }).push(Buffer.concat([message('C', 'COMMIT\0'), message('C', 'ROLLBACK\0')]));
  expect([done && isCommitted(done), undone && isCommitted(undone)]).toEqual([true, false]);
});
