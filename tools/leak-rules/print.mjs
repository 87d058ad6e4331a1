#!/usr/bin/env node
/**
 * Prints how scanners find PineBill's keys, with nothing but Node:
 *
 *   node tools/leak-rules/print.mjs --format gitleaks > pinebill.gitleaks.toml
 *   node tools/leak-rules/print.mjs --format trufflehog > pinebill.trufflehog.yaml
 *
 * Neither tool computes a CRC32, so the checksum, which tells a key from what only looks like one, stands in words beside the pattern; the leak check of
 * the console and the leak reports look at it. The pattern is that of libs/contract/src/key-search.ts: a test holds them together.
 */

const PATTERN = '\\bpbk_[0-9A-Za-z]{36}\\b';
const CHECKSUM = [
  'pbk_ + 30 base62 characters + 6 base62 characters of their checksum: the CRC32 (as in zip and PNG) of the 30, in base62 (0-9A-Za-z), padded',
  'on the left with 0. Test vector: zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ has 0mLq17. A match with another checksum is no key.',
];
const DESCRIPTION = 'PineBill API key';
const comment = CHECKSUM.map((line) => `# ${line}`).join('\n');

const formats = {
  gitleaks: `# Rules for gitleaks (8.25 or newer): gitleaks dir --config pinebill.gitleaks.toml .
${comment}
title = "PineBill"

# The rules that gitleaks brings go on.
[extend]
useDefault = true

[[rules]]
id = "pinebill-api-key"
description = "${DESCRIPTION}"
regex = '''${PATTERN}'''
keywords = ["pbk_"]
# A key is random; pbk_ followed by one letter many times is an example.
entropy = 3.5
tags = ["key", "pinebill"]
`,
  trufflehog: `# A detector for TruffleHog (3): trufflehog filesystem --config=pinebill.trufflehog.yaml --results=verified,unknown,unverified .
${comment}
detectors:
  - name: pinebill-api-key
    keywords:
      - pbk_
    regex:
      key: '${PATTERN}'
    # A key is random; pbk_ followed by one letter many times is an example.
    entropy: 3.5
`,
};

const [option, format] = process.argv.slice(2);
if (option !== '--format' || !Object.hasOwn(formats, format ?? '')) {
  console.error(`Usage: node tools/leak-rules/print.mjs --format ${Object.keys(formats).join('|')}`);
  process.exit(2);
}
process.stdout.write(formats[format]);
