// Compares what the client was answered with what is stored. Pure: rows in, findings out.
//
//   acknowledged ⊆ stored     every answer the client saw has its record, completed, with the same status, method and path
//   stored ⊆ attempted        no record of a request that was not sent, and at most one of each that was
//   counted                   answers that say that they could not be recorded have no record; `gap` records tell of them, exactly
//   gapless                   each organization's sequence is 1, 2, 3 ... up to its head
//   effects                   every customer, invoice and finalization has its record, and every 201 its customer or invoice
//
// `mayLose`: where losses are not excluded (mode async, a damaged journal) they must not exceed what the `gap` records admit. `excused`: so many
// more, of which nothing can know.

/**
 * Whether the record owns up to the effect. One whose process died, whose COMMIT was never answered, or whose client left before the answer does
 * not say whether there was one.
 */
const admits = ({ status, outcome, detail }) =>
  outcome === 'unknown' || outcome === 'aborted' || (status >= 200 && status < 300) || (status === 503 && /not known/.test(detail));

/** Refused because nothing could be recorded: guarantee 1 names these as its only exception. */
const unrecordable = new Set(['recording_unavailable', 'overload']);
const isUnrecordable = ({ status, code }) => status === 503 && unrecordable.has(code);
/** Its intent had been recorded: the work may have been done, and the row says that nobody knows. */
const isInDoubt = (attempt, { outcome }) => attempt.code === 'recording_unavailable' && outcome === 'unknown';

const grouped = (rows, keyOf) => {
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
};

export function check({ attempts, rows, heads, effects, quarantined = 0, mayLose = false, excused = 0 }) {
  const findings = [];
  const find = (rule, what) => findings.push({ rule, what });
  const requests = rows.filter(({ kind, agent }) => kind === 'request' && agent === 'faults');
  const byLabel = grouped(requests, ({ label }) => label);

  const missing = [...checkAnswers(attempts, byLabel, mayLose, find), ...checkEffects(attempts, byLabel, { effects, mayLose }, find)]
    .length;
  checkStored(attempts, rows, byLabel, find);
  const admitted = checkGaps(rows, { missing: missing - excused, silent: countSilent(attempts, byLabel) }, find);
  checkSequence(rows, heads, find);
  if (quarantined > 0) find('quarantined', `${quarantined} records were set aside`);
  return { findings, stored: requests.length, unknown: requests.filter(({ outcome }) => outcome === 'unknown').length, missing, admitted };
}

/** Returns the answers that no record tells of, rightly or admittedly. */
function checkAnswers(attempts, byLabel, mayLose, find) {
  const missing = [];
  for (const attempt of attempts.filter(({ id }) => id !== null)) {
    const row = byLabel.get(attempt.label)?.find(({ id }) => id === attempt.id);
    if (row && (agrees(row, attempt) || isInDoubt(attempt, row))) continue;
    if (isUnrecordable(attempt) && !row) missing.push(attempt);
    else if (mayLose && (!row || row.outcome === 'unknown')) missing.push(attempt);
    else if (!row) find('lost', `no record of ${shown(attempt)}`);
    else find('contradicted', `the record of ${shown(attempt)} says ${shownRow(row)}`);
  }
  return missing;
}

const agrees = (row, attempt) =>
  row.outcome === 'completed' && ['status', 'method', 'path'].every((field) => row[field] === attempt[field]);

function checkStored(attempts, rows, byLabel, find) {
  const sent = new Map(attempts.filter((attempt) => attempt.sent).map((attempt) => [attempt.label, attempt]));
  for (const [label, found] of byLabel) {
    if (!sent.has(label)) find('invented', `a record of a request that was not sent: ${shownRow(found[0])}`);
    if (found.length > 1) find('doubled', `${found.length} records of ${label}: ${found.map(shownRow).join('; ')}`);
  }
  for (const found of grouped(rows, ({ id }) => id).values())
    if (found.length > 1) find('doubled', `the id of ${shownRow(found[0])} is there ${found.length} times`);
  for (const row of rows) {
    const ours = row.kind !== 'request' || row.agent === 'faults' || row.agent === 'faults-admin';
    if (!ours) find('invented', `a record of nobody's request: ${shownRow(row)}`);
  }
}

/** Sent, never answered, and without a row: such a request may have been counted as refused, or never have arrived. */
const countSilent = (attempts, byLabel) => attempts.filter(({ label, id, sent }) => sent && id === null && !byLabel.has(label)).length;

/** Returns how many missing records the gaps admit. */
function checkGaps(rows, { missing, silent }, find) {
  const gaps = rows.filter(({ kind, gap }) => kind === 'gap' && gap?.cause !== 'coalesced').map(({ gap }) => gap);
  const counted = gaps.reduce((sum, { count }) => sum + (count ?? 0), 0);
  const admitted = gaps.reduce((sum, { count, atMost }) => sum + (count ?? atMost), 0);
  if (missing > admitted) find('uncounted', `${missing} answers have no record, the gap records admit ${admitted}`);
  if (counted > missing + silent)
    find('overcounted', `the gap records count ${counted}, ${missing} are missing and ${silent} had no answer`);
  return admitted;
}

function checkSequence(rows, heads, find) {
  for (const [organization, found] of grouped(rows, (row) => row.organization)) {
    const numbers = found.map(({ sequence }) => sequence).sort((a, b) => a - b);
    const wrong = numbers.findIndex((number, at) => number !== at + 1);
    if (wrong >= 0) find('gap', `organization ${organization}: ${numbers[wrong]} stands where ${wrong + 1} belongs`);
    const head = heads.find((one) => one.organization === organization)?.sequence;
    if (head !== numbers.length) find('gap', `organization ${organization}: head ${head}, ${numbers.length} records`);
  }
}

/** Returns the requests whose effect is there and whose answer and record are not. */
function checkEffects(attempts, byLabel, { effects, mayLose }, find) {
  const finalizations = new Map(attempts.map(({ target, label }) => [target, label]));
  const byAttempt = new Map(attempts.map((attempt) => [attempt.label, attempt]));
  const missing = [];
  for (const { what, label, finalized } of effects) {
    const of = label ?? finalizations.get(finalized);
    const found = byLabel.get(of) ?? [];
    const attempt = byAttempt.get(of);
    if (found.length > 0 && !found.some(admits))
      find('denied', `${what} of ${of} happened; its record says ${found.map(shownRow).join('; ')}`);
    if (attempt && !owns(attempt)) find('denied', `${what} of ${of} happened; ${shown(attempt)}: ${attempt.code} ${attempt.detail}`);
    if (found.length > 0) continue;
    if (!mayLose) find('off the record', `${what} of ${of} has no record`);
    else if (attempt?.id === null) missing.push(attempt);
  }
  const made = new Set(effects.map(({ label }) => label));
  for (const attempt of attempts)
    if (attempt.status === 201 && !made.has(attempt.label)) find('undone', `${shown(attempt)}, and it is not there`);
  return missing;
}

/** Whether the answer leaves the effect possible. "Come again" (Retry-After) promises that nothing was done, and some say so in words. */
const owns = ({ id, status, code, detail, retryAfter = null }) =>
  id === null || status < 400 || (status === 503 && retryAfter === null && leavesOpen(code, detail ?? ''));
const leavesOpen = (code, detail) => /not known/.test(detail) || (code === 'recording_unavailable' && !/nothing was done/i.test(detail));

/** Ids of one process grow: what was sent after an answer had arrived has a greater one. Returns those that have not. */
export function outOfOrder(attempts) {
  const answered = attempts.filter(({ id }) => id !== null).sort((a, b) => a.due - b.due);
  const byAnswer = [...answered].sort((a, b) => a.answeredAt - b.answeredAt);
  const wrong = [];
  let greatest = '';
  let next = 0;
  for (const attempt of answered) {
    for (; byAnswer[next]?.answeredAt <= attempt.due; next += 1) if (byAnswer[next].id > greatest) greatest = byAnswer[next].id;
    if (attempt.id <= greatest) wrong.push(`${shown(attempt)}, after ${greatest} had been answered`);
  }
  return wrong;
}

const shown = ({ label, method, path, status, id }) => `${label} ${method} ${path} answered ${status} as ${id}`;
const shownRow = ({ id, label, method, path, status, outcome, reason, sequence }) =>
  `${id} ${label} ${method} ${path} ${status} ${outcome} ${reason} #${sequence}`;
