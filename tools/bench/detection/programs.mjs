// The programs behind the keys of an organization: what each calls, when, from where, and what goes wrong in normal life.
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

const invoices = '/v1/invoices';
const customers = '/v1/customers';
const endpoint = (method, route, weight, bytes = 0) => ({ method, route, weight, bytes });
const reading = [
  endpoint('GET', invoices, 5),
  endpoint('GET', `${invoices}/{id}`, 6),
  endpoint('GET', customers, 2),
  endpoint('GET', `${customers}/{id}`, 3),
];
const writing = [
  endpoint('POST', invoices, 3, 600),
  endpoint('POST', `${invoices}/{id}/finalize`, 2, 2),
  endpoint('POST', customers, 1, 300),
];
const accounting = [
  endpoint('POST', '/v1/exports', 1, 200),
  endpoint('GET', '/v1/exports/{id}/download', 1),
  endpoint('GET', '/v1/audit-logs', 2),
];

/** Calls an hour relative to the mean, by the hour of the week where the program runs. */
const shapes = {
  always: () => 1,
  daily: (hour) => 0.35 + 0.65 * (1 + Math.sin(((hour - 9) / 24) * 2 * Math.PI)),
  office: (hour, day) => (day < 5 && hour >= 8 && hour < 18 ? 3.4 : 0),
  shop: (hour, day) => (hour >= 7 && hour < 23 ? (day < 5 ? 1.2 : 1.9) : 0.25),
  night: (hour) => (hour === 2 ? 24 : 0),
};

/** Kinds of programs: how many of forty, calls a week (between), and habits. */
const kinds = [
  { kind: 'service', many: 9, perWeek: [385, 2025], shape: 'daily', endpoints: [...reading, ...writing] },
  { kind: 'steady', many: 5, perWeek: [330, 1125], shape: 'always', endpoints: [...reading, ...writing] },
  { kind: 'office', many: 8, perWeek: [82, 675], shape: 'office', endpoints: [...reading, ...writing] },
  { kind: 'shop', many: 4, perWeek: [275, 1350], shape: 'shop', endpoints: [...reading, ...writing], forms: true },
  { kind: 'nightly', many: 3, perWeek: [220, 1125], shape: 'night', endpoints: writing },
  { kind: 'batch', many: 3, perWeek: [55, 135], shape: 'daily', endpoints: [...reading, ...writing], jobs: true },
  { kind: 'wandering', many: 2, perWeek: [110, 405], shape: 'shop', endpoints: reading, wanders: true },
  { kind: 'twoRegions', many: 2, perWeek: [275, 675], shape: 'always', endpoints: reading, regions: true },
  { kind: 'sync', many: 2, perWeek: [275, 1125], shape: 'always', endpoints: reading, checks: true },
  { kind: 'poller', many: 1, perWeek: [0, 0], shape: 'always', endpoints: reading, polls: true },
  { kind: 'accounting', many: 1, perWeek: [82, 225], shape: 'office', endpoints: [...reading, ...accounting], monthly: true },
];

const homes = ['DE', 'US', 'GB', 'NL', 'FR', 'AU', 'BR', 'JP', 'CA', 'SE'];
export const farCountries = { DE: ['VN', 'NG', 'BR', 'US', 'ID'], US: ['RU', 'CN', 'RO', 'VN', 'IN'], GB: ['RU', 'CN', 'BR', 'NG', 'VN'], NL: ['CN', 'US', 'NG', 'IN', 'TH'], FR: ['CN', 'RU', 'VN', 'US', 'MX'], AU: ['RU', 'DE', 'NG', 'BR', 'US'], BR: ['RU', 'CN', 'IN', 'UA', 'VN'], JP: ['BR', 'RO', 'NG', 'US', 'TR'], CA: ['CN', 'RU', 'VN', 'IN', 'NG'], SE: ['VN', 'BR', 'US', 'CN', 'ZA'] }; // prettier-ignore

export function makeOrganization(c) {
  const home = c.pick(homes);
  const taken = new Set();
  /** A network that nobody has yet. */
  const network = () => {
    const isIpv6 = c.is(0.12);
    const text = isIpv6
      ? `2a${c.whole(10, 99)}:${c.whole(1000, 9999)}:${c.whole(100, 999)}`
      : `${c.whole(11, 223)}.${c.whole(0, 255)}.${c.whole(0, 255)}`;
    if (taken.has(text)) return network();
    taken.add(text);
    return { text, isIpv6 };
  };
  const office = network();
  const programs = kinds
    .flatMap(({ many, ...kind }) => Array.from({ length: many }, () => kind))
    .map((kind, at) => makeProgram(c, { kind, at, home, office, network }));
  return { home, network, office, programs, nextKey: programs.length };
}

function makeProgram(c, { kind, at, home, office, network }) {
  const [few, many] = kind.perWeek;
  const own = kind.kind === 'office' && at % 2 === 0 ? office : network();
  const places = [{ network: own, country: home, share: 1 }];
  if (kind.regions) places.push({ network: network(), country: c.pick(farCountries[home]), share: 0.5 });
  return {
    ...kind,
    id: `key_${at}`,
    perHour: (few * (many / Math.max(1, few)) ** c.random()) / 168,
    /** Hours east of UTC; moves with the season. */
    offset: c.whole(-3, 3),
    places,
    addresses: c.whole(1, 3),
    agent: `${kind.kind}-${at}/${c.whole(1, 9)}.${c.whole(0, 20)}`,
    bytes: c.whole(0, 200),
    monthlyDay: kind.monthly || (kind.kind === 'office' && c.is(0.25)) ? c.pick([1, 2, 28]) : null,
    formErrors: kind.forms ? c.between(0.03, 0.18) : c.between(0, 0.01),
    missing: kind.checks ? c.between(0.1, 0.35) : c.between(0, 0.03),
    trouble: c.is(0.6),
    /** Whether nobody works with it on a public holiday. */
    rests: kind.shape === 'office' && c.is(0.88),
    known: Array.from({ length: c.whole(30, 300) }, () => c.whole(1e6, 9e6)),
    silentFrom: 0,
    silentUntil: 0,
    boost: [],
    isRetired: false,
    bornAt: 0,
    busyUntil: 0,
  };
}

export function rateAt(program, at) {
  const local = at + program.offset * HOUR;
  const hour = Math.floor(local / HOUR) % 24;
  const day = (Math.floor(local / DAY) + 3) % 7;
  return program.perHour * shapes[program.shape](hour, day);
}

export const weighted = (c, list) => {
  let left = c.random() * list.reduce((sum, { weight }) => sum + weight, 0);
  for (const one of list) if ((left -= one.weight) < 0) return one;
  return list[0];
};

export function addressIn(c, { text, isIpv6 }, most = 250) {
  return isIpv6 ? `${text}:${c.whole(1, 40).toString(16)}::${c.whole(1, most).toString(16)}` : `${text}.${c.whole(1, most)}`;
}

/** In the notation of the log: /24, and /48. */
export const cidr = ({ text, isIpv6 }) => (isIpv6 ? `${text}::/48` : `${text}.0/24`);
