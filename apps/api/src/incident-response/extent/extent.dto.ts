/** What the extent of a breach says. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsInstant } from '../../platform/instant.decorator';
import { departures, type Departure, type Suggestion } from './usual-use';

const at = '2025-12-02T03:12:04.118Z';
const time = (description: string) => ({ format: 'date-time', example: at, description }) as const;
const timeOrNull = (description: string) => ({ type: String, nullable: true, format: 'date-time', example: at, description }) as const;
const count = (example: number, description?: string) => ({ type: 'integer', example, ...(description ? { description } : {}) }) as const;
const someText = (example: string, description?: string) =>
  ({ type: String, nullable: true, example, ...(description ? { description } : {}) }) as const;
const query = 'The rows behind it, as the query of `GET /v1/audit-logs`.';
const filter = { example: 'apiKeyId=key_01kaxvz3k5e7hs0q4mm2m1bqgf&from=2025-12-02T03%3A12%3A04.118Z&to=2025-12-02T09%3A00%3A00.000Z', description: query } as const; // prettier-ignore
const filterOrNull = {
  ...filter,
  type: String,
  nullable: true,
  description: `${query} Null: the filter has no words for exactly these.`,
} as const;

export class ConfirmExtent {
  /** Where the breach began, as far as anybody can tell. */
  @ApiProperty({ format: 'date-time', example: at }) @IsInstant() from!: string;
  @ApiPropertyOptional({ type: String, nullable: true, format: 'date-time', example: null, description: 'Where it ended, not included. Left out: it goes on to this day.' })
  @IsOptional() @IsInstant() to?: string | null; // prettier-ignore
}

export class ExtentNumbers {
  @ApiProperty(count(1_204)) requests!: number;
  @ApiProperty(count(1_160, 'Answered with less than 400.')) accepted!: number;
  @ApiProperty(count(30, 'Answered with 401, 403 or 429.')) refused!: number;
  @ApiProperty(count(14, 'Answered with any other error; also where the caller left before the answer (499).')) errors!: number;
  @ApiProperty(count(0, 'No answer is known: the process ended meanwhile.')) unanswered!: number;
  @ApiProperty(count(1_100, 'GET and HEAD that were not answered with an error.')) reads!: number;
  @ApiProperty(count(60, 'All other methods, not answered with an error: they took effect, or may have.')) writes!: number;
  @ApiProperty(count(375_648, 'Bytes of the bodies that were sent.')) bytesOut!: number;
}
class Seen extends ExtentNumbers {
  @ApiProperty(time('When the first of them began.')) firstSeenAt!: string;
  @ApiProperty(time('When the last of them began.')) lastSeenAt!: string;
  @ApiProperty(filterOrNull) filter!: string | null;
}
class Familiar extends Seen {
  @ApiProperty({ example: false, description: 'It was seen with one of the keys before the period, since `comparedFrom`. False: it is new.' }) known!: boolean;
} // prettier-ignore

export class ExtentTotal extends Seen {
  @ApiProperty(count(2, 'Of the errors: the caller left before the answer (499). What they asked for may have been done.'))
  aborted!: number;
  @ApiProperty(filter) abortedFilter!: string;
}
export class ExtentHour extends ExtentNumbers {
  @ApiProperty(time('The beginning of the hour, UTC.')) from!: string;
  @ApiProperty(filter) filter!: string;
}
export class ExtentAddress extends Familiar {
  @ApiProperty(someText('203.0.113.7')) address!: string | null;
  @ApiProperty(someText('203.0.113.0/24', 'Its /24, or its /64 for IPv6.')) network!: string | null;
  @ApiProperty({ type: [String], example: ['NL'] }) countries!: string[];
}
export class ExtentNetwork extends Familiar {
  @ApiProperty(someText('203.0.113.0/24')) network!: string | null;
  @ApiProperty(count(3, 'Different ones in it.')) addresses!: number;
}
export class ExtentCountry extends Familiar {
  @ApiProperty(someText('NL')) country!: string | null;
}
export class ExtentAgent extends Familiar {
  @ApiProperty(someText('curl/8.5.0', 'Its first 200 characters. Null: none was sent.')) agent!: string | null;
  @ApiProperty({ example: 'curl', description: 'The program, without its version.' }) program!: string;
  @ApiProperty({ example: false, description: 'The program was seen before, maybe in another version.' }) programKnown!: boolean;
}
export class ExtentEndpoint extends Seen {
  @ApiProperty(someText('GET')) method!: string | null;
  @ApiProperty(someText('/v1/invoices/{id}', 'Null: no route matched.')) route!: string | null;
  @ApiProperty({ enum: ['read', 'write'], example: 'read' }) kind!: 'read' | 'write';
}
export class ExtentRefusal {
  @ApiProperty(count(403)) status!: number;
  @ApiProperty(someText('missing_scope')) reason!: string | null;
  @ApiProperty(count(30)) requests!: number;
  @ApiProperty(time('When the first of them began.')) firstSeenAt!: string;
  @ApiProperty(time('When the last of them began.')) lastSeenAt!: string;
  @ApiProperty(filterOrNull) filter!: string | null;
}
export class ExtentResource {
  @ApiProperty({ example: 'inv_01jdw2gm3xe4pt6x0rbf6n2k9c', description: 'As the path has it.' }) id!: string;
  @ApiProperty({ example: '/v1/invoices/inv_01jdw2gm3xe4pt6x0rbf6n2k9c', description: 'The path up to the id.' }) path!: string;
  @ApiProperty(count(3)) reads!: number;
  @ApiProperty(count(1)) writes!: number;
  @ApiProperty(time('When the first of these began.')) firstSeenAt!: string;
  @ApiProperty(time('When the last of these began.')) lastSeenAt!: string;
  @ApiProperty({ ...filterOrNull, description: `${query} Also those answered with an error; \`partFilters\` tell reads and writes. Null: the path is too long to ask for.` }) filter!: string | null;
} // prettier-ignore
export class ExtentResources {
  @ApiProperty({ example: 'invoice', description: 'The kind of thing, from the word of the route before the id.' }) type!: string;
  @ApiProperty(count(212, 'Different ones that were read or written.')) total!: number;
  @ApiProperty(count(4, 'Of these, written.')) written!: number;
  @ApiProperty({ type: [ExtentResource], description: 'The most written to, then the most read: 100 at most.' }) data!: ExtentResource[];
}

const list = (what: string) => `${what}: what is new first, then the most frequent; 200 at most.`;
export class ExtentAddresses {
  @ApiProperty({ type: [ExtentAddress], description: list('Addresses') }) data!: ExtentAddress[];
  @ApiProperty(count(12)) total!: number;
  @ApiProperty(count(3, 'Of all, those that are not known.')) new!: number;
}
export class ExtentNetworks {
  @ApiProperty({ type: [ExtentNetwork], description: list('Networks') }) data!: ExtentNetwork[];
  @ApiProperty(count(4)) total!: number;
  @ApiProperty(count(1)) new!: number;
}
export class ExtentCountries {
  @ApiProperty({ type: [ExtentCountry], description: list('Countries') }) data!: ExtentCountry[];
  @ApiProperty(count(2)) total!: number;
  @ApiProperty(count(1)) new!: number;
}
export class ExtentAgents {
  @ApiProperty({ type: [ExtentAgent], description: list('User agents') }) data!: ExtentAgent[];
  @ApiProperty(count(3)) total!: number;
  @ApiProperty(count(1)) new!: number;
}
export class ExtentEndpoints {
  @ApiProperty({ type: [ExtentEndpoint], description: 'The most frequent first; 200 at most.' }) data!: ExtentEndpoint[];
  @ApiProperty(count(9)) total!: number;
}
export class ExtentRefusals {
  @ApiProperty({ type: [ExtentRefusal], description: 'The most frequent first; 200 at most.' }) data!: ExtentRefusal[];
  @ApiProperty(count(2)) total!: number;
}

export class ExtentKey {
  @ApiProperty({ example: 'key_01kaxvz3k5e7hs0q4mm2m1bqgf' }) id!: string;
  @ApiProperty(someText('Production API', 'What it is called now.')) name!: string | null;
  @ApiProperty(someText('pbk_...x7f2')) masked!: string | null;
}
export class ExtentOtherKey extends ExtentKey {
  @ApiProperty(count(44, 'From the addresses of the extent.')) requests!: number;
  @ApiProperty(count(44, 'Of these, from addresses that are new.')) fromNew!: number;
  @ApiProperty(count(2)) addresses!: number;
  @ApiProperty(time('When the first of these began.')) firstSeenAt!: string;
  @ApiProperty(time('When the last of these began.')) lastSeenAt!: string;
  @ApiProperty(filterOrNull) filter!: string | null;
  @ApiProperty(filterOrNull) fromNewFilter!: string | null;
}
export class ExtentOtherKeys {
  @ApiProperty({ type: [ExtentOtherKey], description: 'Those with the most requests from new addresses first; 100 at most.' }) data!: ExtentOtherKey[]; // prettier-ignore
  @ApiProperty(count(1)) total!: number;
  @ApiProperty({ example: true, description: 'False: more than 100,000 requests came from these addresses; the new and the rare ones were looked at first.' }) exact!: boolean; // prettier-ignore
}
class ExtentPerson {
  @ApiProperty({ example: 'usr_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty({ example: 'Ada Admin' }) name!: string;
}
export class ExtentMade {
  @ApiProperty({ example: 'act_01jdw2f8qtfvkbh1mv4s9aq0ng' }) id!: string;
  @ApiProperty(time('When.')) occurredAt!: string;
  @ApiProperty({ type: ExtentPerson }) by!: ExtentPerson;
  @ApiProperty({ example: 'api_key.created' }) action!: string;
  @ApiProperty(someText('Another key')) target!: string | null;
  @ApiProperty(someText('key_01kaxvz3k5e7hs0q4mm2m1bqgf', 'Of what was made, where it has a page.')) targetId!: string | null;
}
export class ExtentMadeList {
  @ApiProperty({ type: [ExtentPerson], description: 'Who made or rotated one of the keys, and people whom the incident names.' }) people!: ExtentPerson[]; // prettier-ignore
  @ApiProperty({ type: [ExtentMade], description: 'Keys, invitations, roles and organizations that these people made in the period, the newest first; 100 at most.' }) data!: ExtentMade[]; // prettier-ignore
  @ApiProperty(count(1)) total!: number;
  @ApiProperty({ type: [String], example: ['actorId=usr_01jdw2f8qtfvkbh1mv4s9aq0ng&action=api_key.created'], description: 'The same of each person, as the query of `GET /v1/activity`.' }) filters!: string[]; // prettier-ignore
}
export class ExtentGone {
  @ApiProperty(time('What began before is no longer shown: the retention of the plan.')) before!: string;
  @ApiProperty(count(0, 'Requests with these keys that are gone, as far as their figures are still known.')) requests!: number;
  @ApiProperty(timeOrNull('Since when one of the keys exists, where that is before: there may have been more. Null: nothing is gone.')) keysSince!: string | null; // prettier-ignore
  @ApiProperty({ example: false, description: 'The period that was asked for begins before.' }) cutsPeriod!: boolean;
}
export class ExtentDeparture {
  @ApiProperty({ enum: departures, example: 'network' }) kind!: Departure['kind'];
  @ApiProperty(someText('203.0.113.0/24')) value!: string | null;
  @ApiProperty(time('When it was first seen.')) at!: string;
  @ApiProperty({ example: 'First request from the network 203.0.113.0/24; use is known since 2025-09-01.' }) text!: string;
}
export class ExtentSuggestion {
  @ApiProperty(timeOrNull('The first use that departs from what was usual. Null: the key was not used.')) suggestedFrom!: string | null;
  @ApiProperty({ enum: ['departure', 'steady', 'short', 'unused'], example: 'departure' }) basis!: Suggestion['basis'];
  @ApiProperty(timeOrNull('Use until then counts as usual. Null: there is too little of it.')) usualUntil!: string | null;
  @ApiProperty({ type: [ExtentDeparture], description: 'What departs within an hour of the start.' }) because!: ExtentDeparture[];
  @ApiProperty({ example: 'First request from the country NL; use is known since 2025-09-01.' }) text!: string;
}
export class ExtentPartFilters {
  @ApiProperty({ example: 'status=1xx,2xx,3xx' }) accepted!: string;
  @ApiProperty({ example: 'status=401,403,429' }) refused!: string;
  @ApiProperty({ example: 'status=4xx,5xx&status=!401,403,429' }) errors!: string;
  @ApiProperty({ example: 'status=!1xx,2xx,3xx,4xx,5xx' }) unanswered!: string;
  @ApiProperty({ example: 'method=GET,HEAD&status=!4xx,5xx' }) reads!: string;
  @ApiProperty({ example: 'method=!GET,HEAD&status=!4xx,5xx' }) writes!: string;
}

export class IncidentExtent {
  @ApiProperty({ type: [ExtentKey], description: 'The keys of the incident with their rotation lineage, the oldest first.' }) keys!: ExtentKey[];
  @ApiProperty(time('Where it begins: as asked for, else as confirmed, else as suggested.')) from!: string;
  @ApiProperty(time('Where it ends, not included.')) to!: string;
  @ApiProperty({ type: ExtentSuggestion }) suggestion!: ExtentSuggestion;
  @ApiProperty(time('How far back there is something to compare with.')) comparedFrom!: string;
  @ApiProperty({ example: true, description: 'False: there are more than 3,000,000 requests; only the newest are counted, since `comparedFrom`.' }) exact!: boolean;
  @ApiProperty({ type: ExtentPartFilters, description: 'Put one behind the filter of a line, with `&`: the rows of one of its numbers. An endpoint has its method in its filter already, so there it is reads or writes as a whole.' }) partFilters!: ExtentPartFilters;
  @ApiProperty({ type: ExtentTotal, nullable: true, description: 'Null: not one request.' }) total!: ExtentTotal | null;
  @ApiProperty({ type: [ExtentHour], description: 'Hours with a request.' }) hours!: ExtentHour[];
  @ApiProperty({ type: ExtentAddresses }) addresses!: ExtentAddresses;
  @ApiProperty({ type: ExtentNetworks }) networks!: ExtentNetworks;
  @ApiProperty({ type: ExtentCountries }) countries!: ExtentCountries;
  @ApiProperty({ type: ExtentAgents }) agents!: ExtentAgents;
  @ApiProperty({ type: ExtentEndpoints }) endpoints!: ExtentEndpoints;
  @ApiProperty({ type: ExtentRefusals }) refusals!: ExtentRefusals;
  @ApiProperty({ type: [ExtentResources] }) resources!: ExtentResources[];
  @ApiProperty({ type: ExtentOtherKeys, description: 'Other keys that were used from the same addresses in the period.' }) otherKeys!: ExtentOtherKeys;
  @ApiProperty({ type: ExtentMadeList }) made!: ExtentMadeList;
  @ApiProperty({ type: ExtentGone }) gone!: ExtentGone;
} // prettier-ignore
