/**
 * The only reader of the environment: a plain object in, typed groups out, every bad variable named in one error. Nothing else in the code
 * knows a variable's name. Importing this file has no effect.
 */
import { hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { LogLevel } from '@nestjs/common';
import { roles, type Role } from '@pinebill/contract';
import { auditModes, type AuditMode } from '@pinebill/nestjs-audit';
import ipaddr from 'ipaddr.js';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type ConfiguredLogLevel = (typeof logLevels)[number];

export type OidcConfig = {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** The claim whose values `roleMap` knows. */
  roleClaim: string;
  /** From a group at the provider to a role in the home organization. Null: the provider has no say in roles. */
  roleMap: Readonly<Record<string, Role>> | null;
  /** Whoever has a role by the map becomes a member at the first sign-in. */
  autoJoin: boolean;
};

/** Where scheduled exports may be delivered. Chosen by whoever runs the product, never by an organization (ADR 0027). */
export type DeliveryConfig = {
  /** Absolute; must be there. Each organization has a folder of its own in it. */
  directory: string | null;
  s3: S3Config | null;
};
export type S3Config = {
  bucket: string;
  region: string;
  /** Of an S3-compatible server; null: Amazon's. */
  endpoint: string | null;
  /** Without a slash at either end; may be empty. */
  prefix: string;
  /** Null: whatever the machine is given (a role, or the variables and files that the AWS SDK knows). */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
};

export type Config = {
  host: string;
  /** 0: any free port. */
  port: number;
  /** The URL people use: decides cookies and links. Null: the address we listen on. */
  publicUrl: string | null;
  /** Absolute. Holds the embedded PostgreSQL and the journal; belongs to one process. */
  dataDirectory: string;
  /** Where files of exports lie: of all processes that shall serve each other's. Null: a folder of the data directory. */
  exportDirectory: string | null;
  delivery: DeliveryConfig;
  /** Null: the embedded PostgreSQL. */
  databaseUrl: string | null;
  databaseOwnerUrl: string | null;
  firstRun: { adminEmail: string; /** Null: generated and printed once. */ adminPassword: string | null; organization: string };
  audit: { mode: AuditMode; /** CIDRs. */ trustedProxies: readonly string[]; maxJournalBytes: number | null };
  /** A mail address or an https URL; null: the organization's admins. */
  supportContact: string | null;
  /** Null: no mail is sent; links are shown to the admin instead. */
  mail: MailConfig | null;
  logLevel: ConfiguredLogLevel;
  /** Connections of clients at a time; further ones are turned away. */
  maxConnections: number;
  /** Opens the details of /readyz and /metrics to callers that are not on this machine. */
  metricsToken: string | null;
  /** Part of the key that seals what must be read again; null: the key lies in the database alone. */
  secret: string | null;
  /** People may sign in at an OpenID provider; null: by password only. */
  oidc: OidcConfig | null;
  /** Whose reports of leaked keys are believed: where their public keys are read. Null: nobody's. */
  leakKeys: LeakKeysConfig | null;
  /** Where webhooks may lead besides the public internet: networks (CIDRs) and ports. Chosen by whoever runs the product, never by an organization. */
  outbound: { networks: readonly string[]; /** 443 among them. */ ports: readonly number[] };
  /** Whether this process may be the one that looks for what is unusual. */
  detection: boolean;
  /** The plans of organizations are set by whoever runs the product, not by their admins. */
  planLocked: boolean;
  /** `npm run demo`: example people, history and traffic, in a directory of their own. */
  demo: boolean;
};

/** A document of the form that GitHub publishes: at an https URL (http on this machine only), or in a file. */
export type LeakKeysConfig = { url: string } | { file: string };

/** `from`: `PineBill <audit@example.com>`, or the address alone. */
export type MailConfig = { smtpUrl: string; from: string };

/** What the application is built from: the settings, and where its database was found or started. */
export type AppConfig = Config & {
  database: { /** Login of the product. */ url: string; /** Owner, for migrations and partitions. */ ownerUrl: string };
  /** Where the built console lies; null: only the API is served. */
  consoleDirectory: string | null;
  /** The file of the thread that writes exports; null: they are written in the thread of the process. */
  exportThread: string | null;
  /** The file of the thread that writes archives; null: as above. */
  archiveThread: string | null;
  /** The file of the thread that makes reports on paper; null: as above. */
  reportThread: string | null;
};
export const APP_CONFIG = Symbol('AppConfig');

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/** Variables that hold a secret, or a URL with one: what they were set to is never shown. */
const secret = new Set([
  ...['PINEBILL_ADMIN_PASSWORD', 'PINEBILL_METRICS_TOKEN', 'PINEBILL_SMTP_URL'],
  ...['PINEBILL_SECRET', 'PINEBILL_OIDC_CLIENT_SECRET', 'PINEBILL_DELIVERY_S3_ACCESS_KEY_ID', 'PINEBILL_DELIVERY_S3_SECRET_ACCESS_KEY'],
]);
const MAX_SHOWN = 80;
/** Beside the files of the product itself well below 4,096, the least that a system of today allows a process; with 30 KiB each, 90 MiB. */
const MAX_CONNECTIONS = 3_000;
/** The demo's traffic comes from this machine and names the addresses it plays in X-Forwarded-For. */
const DEMO_PROXIES = ['127.0.0.0/8', '::1/128'];

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const lines: string[] = [];
  const known = new Set<string>();
  /** `read` returns the value, or undefined when the text is not one. An empty variable counts as unset. */
  function value<T>(name: string, takes: string, fallback: T, read: (text: string) => T | undefined): T {
    known.add(name);
    const text = env[name];
    if (text === undefined || text === '') return fallback;
    const result = read(text);
    if (result !== undefined) return result;
    lines.push(`${name}: got ${shown(name, text)}, takes ${takes}`);
    return fallback;
  }
  const config: Config = {
    host: value('HOST', 'an IP address or a host name', '127.0.0.1', (text) => (/^[\w.:-]{1,253}$/.test(text) ? text : undefined)),
    port: value('PORT', 'a number from 0 to 65535', 3000, wholeNumber(0, 65_535)),
    publicUrl: value('PINEBILL_PUBLIC_URL', 'an http or https URL without a path, like https://audit.example.com', null, origin),
    dataDirectory: resolve(value('PINEBILL_DATA_DIR', 'a directory', '.pinebill', nonBlank)),
    exportDirectory: value('PINEBILL_EXPORT_DIR', 'a directory', null, (text) => (text.trim() ? resolve(text) : undefined)),
    delivery: readDelivery(value, lines),
    databaseUrl: value('DATABASE_URL', 'a PostgreSQL URL, like postgres://user:password@host:5432/database', null, postgresUrl),
    databaseOwnerUrl: value('DATABASE_OWNER_URL', 'a PostgreSQL URL, like postgres://user:password@host:5432/database', null, postgresUrl),
    firstRun: readFirstRun(value),
    audit: {
      mode: value('PINEBILL_AUDIT_MODE', auditModes.join(', '), 'durable', oneOf(auditModes)),
      trustedProxies: value('PINEBILL_TRUSTED_PROXIES', 'CIDRs separated by commas, like 10.0.0.0/8,::1/128', [], cidrs),
      maxJournalBytes: value(
        'PINEBILL_JOURNAL_MAX_BYTES',
        'a number of bytes from 16777216 (16 MiB)',
        null,
        wholeNumber(16_777_216, Number.MAX_SAFE_INTEGER),
      ),
    },
    supportContact: value('PINEBILL_SUPPORT_CONTACT', 'an e-mail address or an https URL', null, contact),
    mail: mailConfig(
      value('PINEBILL_SMTP_URL', 'an SMTP URL, like smtps://user:password@mail.example.com:465', null, mailServer),
      value('PINEBILL_MAIL_FROM', 'an address, or a name and an address, like PineBill <audit@example.com>', null, sender),
    ),
    logLevel: value('PINEBILL_LOG_LEVEL', logLevels.join(', '), 'info', oneOf(logLevels)),
    maxConnections: value('PINEBILL_MAX_CONNECTIONS', 'a number from 10 to 100000', MAX_CONNECTIONS, wholeNumber(10, 100_000)),
    metricsToken: value('PINEBILL_METRICS_TOKEN', '16 or more characters without spaces', null, (text) =>
      /^\S{16,}$/.test(text) ? text : undefined,
    ),
    secret: value('PINEBILL_SECRET', '32 or more characters without spaces', null, (text) => (/^\S{32,}$/.test(text) ? text : undefined)),
    oidc: readOidc(value, lines),
    leakKeys: readLeakKeys(value, lines),
    outbound: readOutbound(value),
    detection: value('PINEBILL_DETECTION', '1 or 0', true, zeroOrOne),
    planLocked: value('PINEBILL_PLAN_LOCKED', '1 or 0', false, zeroOrOne),
    demo: value('PINEBILL_DEMO', '1 or 0', false, zeroOrOne),
  };
  lines.push(...contradictions(env, config), ...unknownVariables(env, known));
  if (lines.length > 0) throw new ConfigError(lines);
  return config.demo ? forDemo(config, env) : config;
}

/** What nobody has set: from where its traffic comes, and a place for what is delivered and archived, in its own directory. */
function forDemo(config: Config, env: NodeJS.ProcessEnv): Config {
  const { audit, delivery, dataDirectory } = config;
  return {
    ...config,
    ...(!env['PINEBILL_TRUSTED_PROXIES'] && { audit: { ...audit, trustedProxies: DEMO_PROXIES } }),
    delivery: { ...delivery, directory: delivery.directory ?? join(dataDirectory, 'delivered') },
  };
}

const readFirstRun = (value: ReadValue): Config['firstRun'] => ({
  adminEmail: value('PINEBILL_ADMIN_EMAIL', 'an e-mail address', 'admin@example.com', email),
  adminPassword: value('PINEBILL_ADMIN_PASSWORD', '12 to 128 characters', null, (text) =>
    text.length >= 12 && text.length <= 128 ? text : undefined,
  ),
  organization: value('PINEBILL_ORGANIZATION', 'a name of 1 to 120 characters', 'My organization', (text) =>
    text.trim() && text.length <= 120 ? text.trim() : undefined,
  ),
});

/** What is right by itself, and has no effect beside the others. */
function contradictions(env: NodeJS.ProcessEnv, { databaseUrl, databaseOwnerUrl, demo }: Config): string[] {
  const lines: string[] = [];
  if (databaseOwnerUrl !== null && !env['DATABASE_URL'])
    lines.push('DATABASE_OWNER_URL: set without DATABASE_URL, takes effect only together with it');
  if (env['PINEBILL_MAIL_FROM'] && !env['PINEBILL_SMTP_URL'])
    lines.push('PINEBILL_MAIL_FROM: set without PINEBILL_SMTP_URL, takes effect only together with it');
  if (demo && databaseUrl !== null) lines.push('DATABASE_URL: set for the demo, takes nothing there: the demo has a database of its own');
  return lines;
}

type ReadValue = <T>(name: string, takes: string, fallback: T, read: (text: string) => T | undefined) => T;

/** All of issuer, client id and client secret, or nothing. */
function readOidc(value: ReadValue, lines: string[]): OidcConfig | null {
  const takesIssuer = 'the https URL of an OpenID provider, as its discovery document spells it (http only on this machine)';
  const issuer = value<string | null>('PINEBILL_OIDC_ISSUER', takesIssuer, null, issuerUrl);
  const clientId = value<string | null>('PINEBILL_OIDC_CLIENT_ID', 'a client id', null, nonBlank);
  const clientSecret = value<string | null>('PINEBILL_OIDC_CLIENT_SECRET', 'a client secret', null, nonBlank);
  const roleClaim = value('PINEBILL_OIDC_ROLE_CLAIM', 'the name of a claim', 'groups', nonBlank);
  const takesMap = `groups and their roles, like audit-admins=admin,staff=member, or a JSON object; roles are ${roles.join(', ')}`;
  const roleMap = value<OidcConfig['roleMap']>('PINEBILL_OIDC_ROLE_MAP', takesMap, null, roleMapOf);
  const autoJoin = value('PINEBILL_OIDC_AUTO_JOIN', '1 or 0', false, zeroOrOne);
  const given = [issuer, clientId, clientSecret].filter((part) => part !== null).length;
  if (given !== 0 && given !== 3)
    lines.push(
      'PINEBILL_OIDC_ISSUER: takes effect only together with PINEBILL_OIDC_CLIENT_ID and PINEBILL_OIDC_CLIENT_SECRET, so set all three',
    );
  if (autoJoin && roleMap === null)
    lines.push('PINEBILL_OIDC_AUTO_JOIN: set without PINEBILL_OIDC_ROLE_MAP, takes a map that says as what somebody joins');
  return issuer !== null && clientId !== null && clientSecret !== null
    ? { issuer, clientId, clientSecret, roleClaim, roleMap, autoJoin }
    : null;
}

const readOutbound = (value: ReadValue): Config['outbound'] => ({
  networks: value('PINEBILL_OUTBOUND_ALLOWED_NETWORKS', 'CIDRs separated by commas, like 10.20.0.0/16,fd12:3456::/48', [], cidrs),
  ports: [443, ...value('PINEBILL_OUTBOUND_ALLOWED_PORTS', 'numbers from 1 to 65535 separated by commas, like 8443,9443', [], ports)],
});

/** One of the two, or neither. */
function readLeakKeys(value: ReadValue, lines: string[]): LeakKeysConfig | null {
  const takesUrl = 'the https URL of public keys, like https://api.github.com/meta/public_keys/secret_scanning (http only on this machine)';
  const url = value<string | null>('PINEBILL_LEAK_KEYS_URL', takesUrl, null, keysUrl);
  const file = value<string | null>('PINEBILL_LEAK_KEYS_FILE', 'a file with public keys', null, (text) => (text.trim() ? resolve(text) : undefined)); // prettier-ignore
  if (url !== null && file !== null) lines.push('PINEBILL_LEAK_KEYS_FILE: set beside PINEBILL_LEAK_KEYS_URL, so set one of them');
  if (url !== null) return { url };
  return file === null ? null : { file };
}

/** A bucket, and what only makes sense beside one. */
function readDelivery(value: ReadValue, lines: string[]): DeliveryConfig {
  const directory = value('PINEBILL_DELIVERY_DIR', 'an absolute path of a directory', null, (text) => (isAbsolute(text) ? resolve(text) : undefined)); // prettier-ignore
  const takesBucket = 'the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens';
  const bucket = value<string | null>('PINEBILL_DELIVERY_S3_BUCKET', takesBucket, null, matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/));
  const region = value<string | null>('PINEBILL_DELIVERY_S3_REGION', 'a region, like eu-central-1', null, matching(/^[a-z0-9-]{1,40}$/));
  const endpoint = value<string | null>('PINEBILL_DELIVERY_S3_ENDPOINT', 'an http or https URL without a path', null, origin);
  const prefix = value<string | null>('PINEBILL_DELIVERY_S3_PREFIX', 'letters, digits, ., _, - and / between them', null, matching(/^[\w.-]{1,60}(\/[\w.-]{1,60}){0,5}$/)); // prettier-ignore
  const accessKeyId = value<string | null>('PINEBILL_DELIVERY_S3_ACCESS_KEY_ID', 'an access key id', null, matching(/^\S{3,200}$/));
  const secretAccessKey = value<string | null>('PINEBILL_DELIVERY_S3_SECRET_ACCESS_KEY', 'a secret access key', null, matching(/^\S{8,200}$/)); // prettier-ignore
  if (bucket === null && [region, endpoint, prefix, accessKeyId, secretAccessKey].some((part) => part !== null))
    lines.push('PINEBILL_DELIVERY_S3_BUCKET: other PINEBILL_DELIVERY_S3_ variables are set, takes effect only with a bucket, so name one');
  if ((accessKeyId === null) !== (secretAccessKey === null))
    lines.push(
      'PINEBILL_DELIVERY_S3_ACCESS_KEY_ID: takes effect only together with PINEBILL_DELIVERY_S3_SECRET_ACCESS_KEY, so set both or none',
    );
  const credentials = accessKeyId !== null && secretAccessKey !== null ? { accessKeyId, secretAccessKey } : null;
  const s3 = bucket === null ? null : { bucket, region: region ?? 'us-east-1', endpoint, prefix: prefix ?? '', credentials };
  return { directory, s3 };
}

/** A misspelt variable would otherwise be ignored in silence. */
function unknownVariables(env: NodeJS.ProcessEnv, known: ReadonlySet<string>): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('PINEBILL_') && !known.has(name))
    .sort()
    .map(
      (name) =>
        `${name}: is no variable of this product, takes one of ${[...known].filter((other) => other.startsWith('PINEBILL_')).join(', ')}`,
    );
}

function shown(name: string, text: string): string {
  if (secret.has(name)) return 'a value that is not shown';
  // Whatever stands between the scheme and the last "@" may be a password, also when the rest is no URL.
  const masked = text.replace(/^([a-z][\w+.-]*:\/\/)?.*@/i, name.includes('URL') ? '$1***@' : '$&');
  return JSON.stringify(masked.length > MAX_SHOWN ? `${masked.slice(0, MAX_SHOWN)}...` : masked);
}

const zeroOrOne = (text: string): boolean | undefined => (text === '1' ? true : text === '0' ? false : undefined);

/** Over https, or on this very machine: nobody on the way can answer in its name. */
function trustedUrl(text: string): URL | undefined {
  const parsed = url(text, ['http:', 'https:']);
  const plain = parsed?.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname);
  return parsed && !plain && !parsed.hash && !parsed.username && !parsed.password ? parsed : undefined;
}

const issuerUrl = (text: string): string | undefined => (trustedUrl(text)?.search === '' ? text : undefined);
const keysUrl = (text: string): string | undefined => trustedUrl(text)?.href;

function roleMapOf(text: string): Record<string, Role> | undefined {
  const entries = text.trimStart().startsWith('{') ? jsonEntries(text) : text.split(',').map((part) => part.split(/=(?=[^=]*$)/));
  const read = entries?.map(([group, role]) => [group?.trim() ?? '', roles.find((one) => one === role?.trim())] as const);
  if (!read || read.length === 0 || read.some(([group, role]) => group === '' || role === undefined)) return undefined;
  return Object.fromEntries(read) as Record<string, Role>;
}

function jsonEntries(text: string): (string | undefined)[][] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Object.entries(parsed as object).map(([group, role]) => [group, typeof role === 'string' ? role : undefined]);
  } catch {
    return undefined;
  }
}

const nonBlank = (text: string): string | undefined => text.trim() || undefined;
const email = (text: string): string | undefined => (/^[^\s@]{1,64}@[^\s@]{1,250}$/.test(text) ? text : undefined);

const matching =
  (pattern: RegExp) =>
  (text: string): string | undefined =>
    pattern.test(text) ? text : undefined;

const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text);

const wholeNumber =
  (from: number, to: number) =>
  (text: string): number | undefined => {
    const number = Number(text);
    return /^\d+$/.test(text) && number >= from && number <= to ? number : undefined;
  };

function url(text: string, protocols: readonly string[]): URL | undefined {
  const parsed = URL.parse(text);
  return parsed && protocols.includes(parsed.protocol) && parsed.hostname !== '' ? parsed : undefined;
}

function origin(text: string): string | undefined {
  const parsed = url(text, ['http:', 'https:']);
  return parsed && parsed.pathname === '/' && !parsed.search && !parsed.hash && !parsed.username && !parsed.password
    ? parsed.origin
    : undefined;
}

function postgresUrl(text: string): string | undefined {
  const parsed = url(text, ['postgres:', 'postgresql:']);
  return parsed && parsed.pathname.length > 1 ? text : undefined;
}

const mailConfig = (smtpUrl: string | null, from: string | null): MailConfig | null =>
  smtpUrl === null ? null : { smtpUrl, from: from ?? `PineBill <pinebill@${hostname()}>` };

/** A password with characters of its own is percent-encoded, as in every URL. */
function mailServer(text: string): string | undefined {
  const parsed = url(text, ['smtp:', 'smtps:']);
  const bare = parsed && (parsed.pathname === '' || parsed.pathname === '/') && !parsed.search && !parsed.hash;
  if (!bare || (parsed.username === '') !== (parsed.password === '')) return undefined;
  return [parsed.username, parsed.password].every(isPercentEncoded) ? text : undefined;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function sender(text: string): string | undefined {
  const [whole, , address] = /^([^<>\p{C}"]{1,100}?)\s*<([^<>\s]+)>$/u.exec(text.trim()) ?? [text, null, text.trim()];
  return !/[<>,]/.test(address) && email(address) ? whole.trim() : undefined;
}

const contact = (text: string): string | undefined => (url(text, ['https:']) ? text : email(text));

function cidrs(text: string): readonly string[] | undefined {
  const parts = text.split(',').map((part) => part.trim());
  return parts.every((part) => ipaddr.isValidCIDR(part)) ? parts : undefined;
}

function ports(text: string): readonly number[] | undefined {
  const read = text.split(',').map((part) => wholeNumber(1, 65_535)(part.trim()));
  return read.every((port) => port !== undefined) ? read : undefined;
}

/** Nest calls the level between warn and debug "log". */
export function nestLogLevels(level: ConfiguredLogLevel): LogLevel[] {
  const order: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug'];
  return order.slice(0, 2 + logLevels.indexOf(level));
}
