// Compares what the client was answered with what is stored. Pure: rows in, findings out.
//
//   acknowledged ⊆ stored     every answer the client saw has its record, completed, with the same status, method and path
//   stored ⊆ attempted        no record of a request that was not sent, and at most one of each that was
//   gapless                   each organization's sequence is 1, 2, 3 ... up to its head
//   effects                   every customer, invoice and finalization has its record, and every 201 its customer or invoice

/** Whether the record owns up to the effect. One whose process died, or whose COMMIT was never answered, says that it does not know. */
const admits = ({ status, outcome, detail }) =>
  outcome === 'unknown' || (status >= 200 && status < 300) || (status === 503 && /not known/.test(detail));

const grouped = (rows, keyOf) => {
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
};

export function check({ attempts, rows, heads, effects, quarantined = 0 }) {
  const findings = [];
  const find = (rule, what) => findings.push({ rule, what });
  const requests = rows.filter(({ kind, agent }) => kind === 'request' && agent === 'faults');
  const byLabel = grouped(requests, ({ label }) => label);

  checkAnswers(attempts, byLabel, find);
  checkStored(attempts, rows, byLabel, find);
  checkSequence(rows, heads, find);
  checkEffects(attempts, byLabel, effects, find);
  if (quarantined > 0) find('quarantined', `${quarantined} records were set aside`);
  return { findings, stored: requests.length, unknown: requests.filter(({ outcome }) => outcome === 'unknown').length };
}

function checkAnswers(attempts, byLabel, find) {
  for (const attempt of attempts.filter(({ id }) => id !== null)) {
    const row = byLabel.get(attempt.label)?.find(({ id }) => id === attempt.id);
    if (!row) find('lost', `no record of ${shown(attempt)}`);
    else if (!agrees(row, attempt)) find('contradicted', `the record of ${shown(attempt)} says ${shownRow(row)}`);
  }
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

function checkSequence(rows, heads, find) {
  for (const [organization, found] of grouped(rows, (row) => row.organization)) {
    const numbers = found.map(({ sequence }) => sequence).sort((a, b) => a - b);
    const wrong = numbers.findIndex((number, at) => number !== at + 1);
    if (wrong >= 0) find('gap', `organization ${organization}: ${numbers[wrong]} stands where ${wrong + 1} belongs`);
    const head = heads.find((one) => one.organization === organization)?.sequence;
    if (head !== numbers.length) find('gap', `organization ${organization}: head ${head}, ${numbers.length} records`);
  }
}

function checkEffects(attempts, byLabel, effects, find) {
  const finalizations = new Map(attempts.map(({ target, label }) => [target, label]));
  for (const { what, label, finalized } of effects) {
    const of = label ?? finalizations.get(finalized);
    const found = byLabel.get(of) ?? [];
    if (found.length === 0) find('off the record', `${what} of ${of} has no record`);
    else if (!found.some(admits)) find('denied', `${what} of ${of} happened; its record says ${found.map(shownRow).join('; ')}`);
  }
  const made = new Set(effects.map(({ label }) => label));
  for (const attempt of attempts)
    if (attempt.status === 201 && !made.has(attempt.label)) find('undone', `${shown(attempt)}, and it is not there`);
}

const shown = ({ label, method, path, status, id }) => `${label} ${method} ${path} answered ${status} as ${id}`;
const shownRow = ({ id, label, method, path, status, outcome, reason, sequence }) =>
  `${id} ${label} ${method} ${path} ${status} ${outcome} ${reason} #${sequence}`;
