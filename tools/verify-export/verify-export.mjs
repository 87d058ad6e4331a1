#!/usr/bin/env node
/**
 * Checks an export or a report of an incident of PineBill, with nothing but Node: no database, no network, no other file of the product.
 *
 *   node verify-export.mjs [--key public-key.pem] <folder | manifest.json | export.tar | report.json>
 *
 * A report of an incident, or a support packet, is one file of JSON that holds its own manifest.
 *
 * The manifest is what was signed; the files are what the manifest says (size, SHA-256); the rows are as many as it says, in the order it says. The key
 * beside the export proves only that the parts belong together: name the key that you were given by another way with --key. Exit code 0: all of it
 * holds; 1: something does not; 2: it could not be checked.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { createGunzip } from 'node:zlib';

class Unusable extends Error {}

/** Names to what can be read: of a folder, or of a tar. */
function openSource(path) {
  if (!existsSync(path)) throw new Unusable(`${path} does not exist.`);
  if (statSync(path).isDirectory()) return folderSource(path);
  if (path.endsWith('.tar')) return tarSource(path);
  return folderSource(dirname(path), basename(path));
}

function folderSource(folder, manifest = null) {
  const names = readdirSync(folder);
  return {
    faults: [],
    isClosed: false,
    names: manifest === null ? names : [manifest, ...names.filter((name) => !name.endsWith('.manifest.json'))],
    read: (name) => readFileSync(join(folder, name)),
    size: (name) => statSync(join(folder, name)).size,
    stream: (name) => createReadStream(join(folder, name)),
  };
}

/**
 * ustar, as the product writes it; sizes beyond 8 GiB in binary. Whatever it does not write is a fault: another name or size for an entry, a second
 * entry of a name, something behind the end. Programs differ in what they unpack of such a tar, and it would not be what was checked here.
 */
function tarSource(path) {
  const file = openSync(path, 'r');
  const entries = new Map();
  const faults = [];
  const block = Buffer.alloc(512);
  const next = (at) => readSync(file, block, 0, 512, at) === 512;
  let at = 0;
  for (; next(at) && block.some((byte) => byte !== 0);) {
    const name = block.toString('utf8', 0, Math.min(100, block.indexOf(0)));
    const size = block[124] & 0x80 ? Number(block.readBigUInt64BE(128)) : parseInt(block.toString('latin1', 124, 135), 8);
    if (!isPlain(block) || !Number.isSafeInteger(size)) {
      faults.push(`${name || 'an entry'}: is no plain file in the tar`);
      break;
    }
    if (entries.has(name)) faults.push(`${name}: is in the tar more than once`);
    entries.set(name, { start: at + 512, size });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  const whole = statSync(path).size;
  if (faults.length === 0 && (at > whole || whole - at > 10_240 || !isZero(file, at, whole)))
    faults.push('something stands behind the end of the tar');
  const stream = (name) => {
    const { start, size } = entries.get(name);
    return size === 0 ? createReadStream('/dev/null') : createReadStream(path, { start, end: start + size - 1 });
  };
  return {
    faults,
    /** All of it is of the export. */
    isClosed: true,
    names: [...entries.keys()],
    size: (name) => entries.get(name).size,
    stream,
    read: (name) => {
      const { start, size } = entries.get(name);
      const bytes = Buffer.alloc(size);
      readSync(file, bytes, 0, size, start);
      return bytes;
    },
  };
}

/** A file (type 0) by its own name, with the sum that belongs to it. */
function isPlain(header) {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  return (
    header.toString('latin1', 257, 265) === 'ustar\u000000' &&
    header[156] === 0x30 &&
    header.subarray(345, 500).every((byte) => byte === 0) &&
    parseInt(header.toString('latin1', 148, 154), 8) === sum
  );
}

function isZero(file, from, to) {
  const rest = Buffer.alloc(to - from);
  readSync(file, rest, 0, rest.length, from);
  return rest.every((byte) => byte === 0);
}

/** RFC 8785: the text that was signed is the only text of its value. */
function canonical(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

/** Counts rows and looks at their order, whatever the format; null where a format is not read here (Parquet). */
function counterOf(format, separator) {
  if (format === 'csv') return new CsvCounter({ comma: ',', semicolon: ';', tab: '\t' }[separator]);
  if (format === 'jsonl') return new LineCounter((line) => JSON.parse(line));
  if (format === 'json') return new LineCounter((line) => (line === '[' || line === ']' ? null : JSON.parse(line.replace(/,$/, ''))));
  return null;
}

class LineCounter {
  rows = 0;
  sequences = new Sequences();
  rest = '';
  decoder = new TextDecoder();
  constructor(parse) {
    this.parse = parse;
  }
  push(chunk) {
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.rest = lines.pop();
    for (const line of lines) this.line(line);
  }
  end() {
    if (this.rest !== '') this.line(this.rest);
  }
  line(line) {
    const row = this.parse(line);
    if (row === null) return;
    this.rows += 1;
    this.sequences.add(row.sequence);
  }
}

/** RFC 4180: a record ends at a line end outside quotes. */
class CsvCounter {
  rows = -1; // the header
  sequences = new Sequences();
  quoted = false;
  cell = [];
  cells = [];
  column = -1;
  constructor(separator) {
    this.separator = separator.charCodeAt(0);
  }
  push(chunk) {
    for (const byte of chunk) {
      if (byte === 0x22) this.quoted = !this.quoted;
      if (this.quoted) {
        if (this.wanted()) this.cell.push(byte);
      } else if (byte === this.separator) this.endCell();
      else if (byte === 0x0a) this.endRow();
      else if (byte !== 0x0d && this.wanted()) this.cell.push(byte);
    }
  }
  /** Of the header all cells, of rows the sequence only. */
  wanted() {
    return this.rows < 0 || this.cells.length === this.column;
  }
  endCell() {
    this.cells.push(this.wanted() ? String.fromCharCode(...this.cell) : '');
    this.cell = [];
  }
  endRow() {
    this.endCell();
    if (this.rows < 0) this.column = this.cells.indexOf('sequence');
    else if (this.column >= 0) this.sequences.add(Number(this.cells[this.column]));
    this.rows += 1;
    this.cells = [];
  }
  end() {
    if (this.cells.length > 0 || this.cell.length > 0) throw new Error('the last row does not end');
  }
}

/** The first, the last, and whether each was higher than the one before. */
class Sequences {
  first = null;
  last = null;
  rising = true;
  add(sequence) {
    if (sequence === undefined) return;
    this.first ??= sequence;
    if (this.last !== null && sequence <= this.last) this.rising = false;
    this.last = sequence;
  }
}

async function checkFile(source, file, manifest, check) {
  if (!source.names.includes(file.name)) return check(false, `${file.name}: is not here`);
  const hash = createHash('sha256');
  const counter = counterOf(manifest.format, manifest.separator ?? 'comma');
  let bytes = 0;
  let broken = null;
  const gunzip = manifest.compression === 'gzip' && counter ? createGunzip() : null;
  const counted = gunzip ? (async () => { for await (const chunk of gunzip) counter.push(chunk); })().catch((error) => (broken = error)) : null; // prettier-ignore
  for await (const chunk of source.stream(file.name)) {
    bytes += chunk.length;
    hash.update(chunk);
    try {
      if (gunzip && !broken) {
        if (!gunzip.write(chunk)) await new Promise((go) => gunzip.once('drain', go).once('close', go));
      } else if (!gunzip) counter?.push(chunk);
    } catch (error) {
      broken ??= error;
    }
  }
  gunzip?.end();
  await counted;
  check(bytes === file.bytes, `${file.name}: ${bytes} bytes`, `the manifest says ${file.bytes}`);
  const sum = hash.digest('hex');
  check(sum === file.sha256, `${file.name}: SHA-256 ${sum}`, `the manifest says ${file.sha256}`);
  if (!counter) return;
  try {
    if (!broken) counter.end();
  } catch (error) {
    broken = error;
  }
  check(
    !broken && counter.rows === file.rows,
    `${file.name}: ${counter.rows} rows`,
    broken ? `it cannot be read: ${broken.message}` : `the manifest says ${file.rows}`,
  );
  const { first, last, rising } = counter.sequences;
  if (file.part !== 'auditLogs' || first === null) return;
  check(rising && first === file.firstSequence && last === file.lastSequence, `${file.name}: sequence ${first} to ${last}, rising`, `the manifest says ${file.firstSequence} to ${file.lastSequence}`); // prettier-ignore
  if (file.contiguous)
    check(
      counter.rows === last - first + 1,
      `${file.name}: no number of the sequence is missing`,
      `${last - first + 1 - counter.rows} are missing`,
    );
}

function checkSignature(source, manifestName, keyPath, check) {
  const base = manifestName.replace(/\.manifest\.json$/, '');
  const text = source.read(manifestName);
  const manifest = JSON.parse(text.toString('utf8'));
  check(canonical(manifest) === text.toString('utf8'), 'the manifest is canonical JSON (RFC 8785)');
  const keyName = `${base}.public-key.pem`;
  if (keyPath === null && !source.names.includes(keyName)) throw new Unusable(`There is no ${keyName}. Name the key with --key.`);
  const key = createPublicKey(keyPath === null ? source.read(keyName) : readFileSync(keyPath));
  const fingerprint = createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex');
  if (!source.names.includes(`${manifestName}.sig`)) throw new Unusable(`There is no ${manifestName}.sig.`);
  check(
    verify(null, text, key, source.read(`${manifestName}.sig`)),
    'the manifest is what was signed (Ed25519)',
    'it was changed, or signed with another key',
  );
  check(fingerprint === manifest.signature.keyFingerprint, `the key is the one that the manifest names, fingerprint ${fingerprint}`);
  return { manifest, fingerprint };
}

/** What holds although nothing is wrong: whoever relies on the export must know. */
function remarksOf(manifest) {
  return manifest.files.flatMap((file) => [
    ...(file.retention?.missingSequences ? [`${file.name}: sequence ${file.retention.missingSequences.from} to ${file.retention.missingSequences.to} had passed out of retention and are not in it.`] : []),
    ...(file.retention?.recordedLate > 0 ? [`${file.name}: ${file.retention.recordedLate} records with higher numbers began before retention and are not in it.`] : []),
    ...(file.recordedGaps?.records > 0 ? [`${file.name}: ${file.recordedGaps.records} records say that requests could not be recorded, ${file.recordedGaps.missingAtMost} at the most.`] : []),
    ...(file.hidden ? [`${file.name}: left out are ${file.hidden}.`] : []),
  ]); // prettier-ignore
}

/** Named as if they belonged to it. */
function strangersOf(source, manifestName, { files }) {
  const base = manifestName.replace(/\.manifest\.json$/, '');
  const known = new Set([manifestName, `${manifestName}.sig`, `${base}.public-key.pem`, `${base}.tar`, ...files.map(({ name }) => name)]);
  return source.names.filter((name) => !known.has(name) && (source.isClosed || name.startsWith(`${base}.`)));
}

const reportKinds = ['pinebill-incident-report', 'pinebill-support-packet'];

/** Null: it is something else. */
function reportIn(path) {
  if (!path.endsWith('.json') || !existsSync(path) || statSync(path).isDirectory()) return null;
  try {
    const file = JSON.parse(readFileSync(path, 'utf8'));
    return reportKinds.includes(file?.kind) ? file : null;
  } catch {
    return null;
  }
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** The facts, each row, their number and their order. */
function checkReport({ kind, report, evidence, manifest, signature, publicKey }, keyPath, check) {
  const key = createPublicKey(keyPath === null ? publicKey : readFileSync(keyPath));
  const fingerprint = sha256(key.export({ format: 'der', type: 'spki' }));
  const signed = verify(null, Buffer.from(canonical(manifest)), key, Buffer.from(signature, 'base64'));
  check(signed, 'the manifest is what was signed (Ed25519)', 'it was changed, or signed with another key');
  check(fingerprint === manifest.signature.keyFingerprint, `the key is the one that the manifest names, fingerprint ${fingerprint}`);
  check(manifest.kind === kind && manifest.incidentId === report.incident.id, 'the manifest is of this report');
  check(sha256(canonical(report)) === manifest.report.sha256, `the facts: SHA-256 ${manifest.report.sha256}`, 'they are others');
  check(sha256(evidence) === manifest.evidence.sha256, `the evidence: SHA-256 ${manifest.evidence.sha256}`, 'it is another');
  const rows = evidence.split('\n').slice(0, -1);
  const { digests } = manifest.evidence;
  check(rows.length === digests.length && rows.length === manifest.evidence.rows, `${rows.length} rows of evidence`, `the manifest says ${digests.length}`); // prettier-ignore
  for (const [index, row] of rows.entries()) {
    const { id, sha256: sum } = digests[index] ?? {};
    const holds = sha256(row) === sum && JSON.parse(row).id === id;
    if (!holds) check(false, `row ${index + 1}: is not what the manifest says`);
  }
  return fingerprint;
}

function verifyReport(file, keyPath) {
  const lines = [];
  let ok = true;
  const fingerprint = checkReport(file, keyPath, (holds, what, otherwise = '') => {
    ok &&= Boolean(holds);
    lines.push(`${holds ? 'ok  ' : 'FAIL'}  ${what}${holds || otherwise === '' ? '' : `; ${otherwise}`}`);
  });
  const { incident, organization, asOf } = file.report;
  const head = `${incident.id}, incident ${incident.number} of ${organization.name}, as of ${asOf}`;
  const hidden = file.manifest.evidence.hidden > 0 ? [`note  ${file.manifest.evidence.hidden} rows of evidence are not in it: they belong to nobody, and are for admins alone.`] : []; // prettier-ignore
  const note = keyPath === null ? [`note  the key came with the report. Compare its fingerprint with one that you got by another way: ${fingerprint}`] : []; // prettier-ignore
  return { ok, what: 'report', lines: [head, ...lines, ...hidden, ...note] };
}

/** Returns { ok, lines, what? }; throws Unusable when there is nothing to check. */
export async function verifyExport(path, keyPath = null) {
  const report = reportIn(resolve(path));
  if (report !== null) return verifyReport(report, keyPath);
  const lines = [];
  let ok = true;
  const check = (holds, what, otherwise = '') => {
    ok &&= Boolean(holds);
    lines.push(`${holds ? 'ok  ' : 'FAIL'}  ${what}${holds || otherwise === '' ? '' : `; ${otherwise}`}`);
  };
  const source = openSource(resolve(path));
  const manifests = source.names.filter((name) => name.endsWith('.manifest.json'));
  if (manifests.length !== 1) throw new Unusable(`${manifests.length} manifests are here (*.manifest.json). Name one.`);
  const { manifest, fingerprint } = checkSignature(source, manifests[0], keyPath, check);
  for (const fault of source.faults) check(false, fault);
  for (const file of manifest.files) await checkFile(source, file, manifest, check);
  const strangers = strangersOf(source, manifests[0], manifest);
  if (source.isClosed) for (const name of strangers) check(false, `${name}: is not part of the export`);
  check(manifest.files.reduce((sum, { rows }) => sum + rows, 0) === manifest.rows, `${manifest.rows} rows in all`);
  const head = `${manifest.exportId} of ${manifest.organization.name}, by ${manifest.createdBy.name}, ${manifest.completedAt}; filter ${JSON.stringify(manifest.filter)}`;
  const key =
    keyPath === null
      ? [`note  the key came with the export. Compare its fingerprint with one that you got by another way: ${fingerprint}`]
      : [];
  const remarks = [...remarksOf(manifest), ...(source.isClosed ? [] : strangers.map((name) => `${name}: is not part of the export, and nothing is known about it.`))]; // prettier-ignore
  return { ok, lines: [head, ...lines, ...remarks.map((remark) => `note  ${remark}`), ...key] };
}

async function main(words) {
  const at = words.indexOf('--key');
  const keyPath = at < 0 ? null : (words[at + 1] ?? '');
  const paths = words.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  if (paths.length !== 1 || keyPath === '')
    throw new Unusable('Usage: node verify-export.mjs [--key public-key.pem] <folder | manifest.json | export.tar | report.json>');
  const { ok, lines, what = 'export' } = await verifyExport(paths[0], keyPath);
  const verdict = keyPath === null ? `The ${what} is whole and unchanged, if its key is that of PineBill: see the last note.` : `The ${what} is whole and unchanged.`; // prettier-ignore
  process.stdout.write(`${lines.join('\n')}\n${ok ? verdict : `The ${what} is NOT what was signed.`}\n`);
  return ok ? 0 : 1;
}

if (process.argv[1] && resolve(process.argv[1]) === resolve(new URL(import.meta.url).pathname)) {
  process.exitCode = await main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error instanceof Unusable ? error.message : error.stack}\n`);
    return 2;
  });
}
