/** The parts of a report that are more than a word: what a template names, and each format shows. */
import { parseMarkdown } from '@pinebill/contract';
import type { IncidentReport, ReportedFollowUp, ReportedService, ReportedStep, ReportedSubject } from './incident-report';
import {
  bold,
  cell,
  code,
  italic,
  paragraph,
  plain,
  stacked,
  type Block,
  type Cell,
  type Span,
  type Table,
  type TableColumn,
} from './report-document';
import { duration, moment, originText, personName, stepName } from './report-values';
import { textOf, words } from './told-values';

type Section = (report: IncidentReport) => Block[];

const table = (columns: readonly TableColumn[], rows: Table['rows'], none: string): Block[] =>
  rows.length === 0 ? [paragraph(italic(none))] : [{ kind: 'table', columns, rows }];

const textOrNone = (text: string | null, none: string): Block[] =>
  text === null || text.trim() === '' ? [paragraph(italic(none))] : prose(text);

/** What people wrote; a heading in it is no heading of the report. */
const prose = (text: string): Block[] =>
  parseMarkdown(text).map((block) => (block.kind === 'heading' ? paragraph(...block.spans.map((span) => ({ ...span, style: 'bold' as const }))) : block)); // prettier-ignore

export const summary: Section = (report) => {
  const { incident, organization, times } = report;
  const facts: readonly [name: string, value: string][] = [
    ['Organization', organization.name],
    ['Severity', incident.severity],
    ['State', stepName(incident.state)],
    ['Opened', [moment(incident.openedAt), `by ${personName(incident.openedBy)}`, `from ${originText(report)}`].join(', ')],
    ['Assigned to', personName(incident.assignee)],
    ['First look of an admin', since(incident.lookedAt, times.toLookSeconds, personName(incident.lookedBy))],
    ['Contained', since(incident.containedAt, times.toContainSeconds, '')],
    ['Closed', since(incident.closedAt, times.toCloseSeconds, personName(incident.closedBy))],
    ['Opened again', moment(incident.reopenedAt)],
    ['Evidence no longer held since', moment(incident.holdReleasedAt)],
    ['As of', moment(report.asOf)],
  ];
  const shown = facts.filter(([, value]) => value !== '');
  return table(
    [
      { title: 'What', width: 3 },
      { title: 'Fact', width: 9 },
    ],
    shown.map(([name, value]) => [cell(bold(name)), cell(plain(value))]),
    '',
  );
};

function since(at: string | null, seconds: number | null, who: string): string {
  if (at === null) return 'not yet';
  return [moment(at), seconds === null ? '' : `${duration(seconds)} after it was opened`, who && `by ${who}`].filter(Boolean).join(', ');
}

const statuses: Record<ReportedStep['status'], string> = { done: 'done', notNeeded: 'not needed', open: 'open' };

export const steps: Section = ({ steps: all }) =>
  table(
    [
      { title: 'Step', width: 3 },
      { title: 'State', width: 2 },
      { title: 'When', width: 3.6 },
      { title: 'By', width: 2.5 },
      { title: 'How', width: 4 },
    ],
    all.map((step) => [
      cell(bold(stepName(step.step))),
      cell(plain(statuses[step.status])),
      stacked([plain(moment(step.at))], [plain(step.secondsSinceOpened === null ? '' : `+ ${duration(step.secondsSinceOpened)}`)]),
      cell(plain(step.status === 'open' ? '' : (step.by?.name ?? 'the system'))),
      howOf(step),
    ]),
    '',
  );

function howOf({ status, because, missing, facts }: ReportedStep): Cell {
  if (status === 'notNeeded') return cell(plain(`not needed, because: ${because ?? ''}`));
  if (status === 'done') return cell(plain(textOf(facts) || 'by what happened'));
  return stacked(...missing.map((what) => [plain(what)]));
}

/** Each entry says who. */
export const timeline: Section = ({ timeline: events }) =>
  table(
    [
      { title: 'When', width: 3 },
      { title: 'What', width: 9 },
    ],
    events.map(({ at, text }) => [cell(plain(moment(at))), cell(plain(text))]),
    'Nothing has happened.',
  );

const containments: Record<NonNullable<ReportedSubject['contained']>['how'], string> = {
  revoke: 'revoked',
  quarantine: 'quarantined: it can read, and change nothing',
  disable: 'disabled',
  ended: 'expired, or rotated out',
  sessions: 'sessions ended',
  block: 'blocked',
};
const kinds: Record<ReportedSubject['kind'], string> = { key: 'API key', address: 'address', person: 'person' };

export const contained: Section = ({ subjects }) =>
  table(
    [
      { title: 'What', width: 2 },
      { title: 'Name', width: 4.5 },
      { title: 'Contained', width: 3.5 },
      { title: 'When', width: 3.7 },
      { title: 'By', width: 2.5 },
    ],
    subjects.map((subject) => [
      cell(plain(kinds[subject.kind])),
      stacked(
        [plain(subject.name)],
        [subject.key && code(subject.key.masked)],
        [plain(subject.key?.service ? `service ${subject.key.service}` : '')],
      ),
      cell(plain(subject.contained === null ? 'no: it can still do harm' : containments[subject.contained.how])),
      cell(plain(moment(subject.contained?.at ?? null))),
      cell(plain(personName(subject.contained?.by ?? null))),
    ]),
    'No key, address or person is named.',
  );

export const replacements: Section = ({ subjects }) =>
  table(
    [
      { title: 'Old key', width: 5 },
      { title: 'New key', width: 5 },
      { title: 'State', width: 2 },
      { title: 'Made', width: 3.6 },
    ],
    subjects.flatMap(({ name, key, successors }) =>
      successors.map((one) => [
        stacked([plain(name)], [key && code(key.masked)]),
        stacked([plain(one.name)], [code(one.masked)]),
        cell(plain(words(one.state))),
        cell(plain(moment(one.createdAt))),
      ]),
    ),
    'No key was replaced.',
  );

const moves: Record<ReportedService['status'], string> = {
  moved: 'seen with the new key',
  done: 'said to be done',
  notNeeded: 'not needed',
  removed: 'taken off the list',
  open: 'not seen with the new key',
};

export const services: Section = ({ services: all }) =>
  table(
    [
      { title: 'Service', width: 4 },
      { title: 'From', width: 3.5 },
      { title: 'Moved', width: 3.5 },
      { title: 'When', width: 4.1 },
      { title: 'Comment', width: 3 },
    ],
    all.map((one) => [
      stacked([plain(one.label)], [plain(one.service ? `service ${one.service}` : '')]),
      stacked([code(one.network ?? '')], [code(one.userAgent ?? '')]),
      stacked([plain(one.suspect ? 'a suspect itself' : moves[one.status])], [plain(one.because ?? '')]),
      cell(plain(moment(one.at))),
      cell(plain(one.comment ?? '')),
    ]),
    'Nobody else was seen with the key.',
  );

export const extent: Section = ({ extent: found }) => {
  if (found === null) return [paragraph(italic('Nobody has confirmed the extent yet.'))];
  const until = found.to === null ? 'the containment' : moment(found.to);
  return [
    paragraph(plain(`From ${moment(found.from)} to ${until}, confirmed by ${found.confirmedBy.name}, ${moment(found.confirmedAt)}.`)),
    ...table(
      [
        { title: 'Figure', width: 5 },
        { title: 'Value', width: 7 },
      ],
      Object.entries(found.figures).flatMap(([name, value]) =>
        textOf(value) === '' ? [] : [[cell(plain(words(name))), cell(plain(textOf(value)))]],
      ),
      'No figures were kept with it.',
    ),
  ];
};

export const rootCause: Section = (report) => textOrNone(report.rootCause, 'Not said yet.');
export const impact: Section = (report) => textOrNone(report.impact, 'Not said yet.');
export const lessons: Section = (report) => textOrNone(report.lessons, 'Not said yet.');

export const notes: Section = (report) =>
  report.notes.length === 0
    ? [paragraph(italic('There are no notes.'))]
    : report.notes.flatMap(({ at, author, text }) => [paragraph(bold(`${author.name}, ${moment(at)}`)), ...prose(text)]);

export const followUps: Section = ({ followUps: all }) =>
  table(
    [
      { title: 'What', width: 6 },
      { title: 'Whose', width: 2.5 },
      { title: 'Until', width: 2 },
      { title: 'Done', width: 4 },
    ],
    all.map((one) => [
      cell(plain(one.title)),
      cell(plain(personName(one.owner))),
      cell(plain(one.dueOn ?? '')),
      cell(plain(doneText(one))),
    ]),
    'Nothing is left to be done.',
  );

const doneText = ({ doneAt, doneBy }: ReportedFollowUp): string =>
  doneAt === null ? 'open' : [moment(doneAt), personName(doneBy)].filter(Boolean).join(', ');

/** What every row says of who called; the rest of a row is in the JSON report. */
export const evidence: Section = ({ evidence: rows, evidenceHidden: hidden }) => [
  ...table(
    [
      { title: '#', width: 1.1 },
      { title: 'When', width: 2.6 },
      { title: 'Request', width: 5.5 },
      { title: 'Answer', width: 2.3 },
      { title: 'Caller', width: 4 },
    ],
    rows.map((row) => [
      cell(plain(String(row.sequence))),
      cell(plain(`${row.startedAt.slice(0, 10)} ${row.startedAt.slice(11, 23)}`)),
      stacked(
        [plain(row.method ?? ''), plain(' '), code(shortened(requestText(row)))].filter(({ text }) => text !== ''),
        [plain(row.id)],
      ),
      stacked([plain(row.status === null ? row.outcome : String(row.status))], [plain(row.reason ?? '')]),
      stacked(callerOf(row), [code(row.ip ?? ''), plain(row.country ? ` ${row.country}` : '')], [code(shortened(row.userAgent ?? ''))]),
    ]),
    'No record was kept as evidence.',
  ),
  ...(hidden === 0 ? [] : [paragraph(italic(`${hidden} more rows belong to nobody, and are for admins alone.`))]),
];

/** Of what an attacker may have made long; how much is left out is said, and the row is whole in the JSON report. */
const MOST_TEXT = 400;
const shortened = (text: string): string =>
  text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}… (${text.length - MOST_TEXT} more characters in the JSON report)`;

type Row = IncidentReport['evidence'][number];

function requestText({ path, query }: Row): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) => [value].flat().map((one) => `${name}=${one}`));
  return `${path ?? ''}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

const callerOf = ({ apiKey, actor }: Row): Span[] => {
  if (apiKey) return [plain(`${apiKey.name} `), code(apiKey.masked)];
  return [plain(actor.name ?? words(actor.type))];
};
