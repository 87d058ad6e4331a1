/** What there are three rows of in the large organization: old, in the middle and new. Numbers of dictionaries are those of load.mjs. */
export const planted = {
  country: `country = 'KP'`,
  agent: 'agent_no = 90',
  ip: `ip = '192.0.2.77'`,
  status: 'status = 507',
  path: `path = '/v1/invoices/inv_needle00000000000000000000'`,
  pathPrefix: `path = '/v1/customers/cus_needle' || left(id::text, 4)`,
  reason: `caller_no = 5, status = 403, reason = 'country_not_allowed'`,
  keyFingerprint: `key_fingerprint = 'feedc0ffee12', caller_no = 100, status = 401`,
  route: 'route_no = 50',
  key: 'caller_no = 99',
  duration: 'duration_ms = 75000',
  // Both of them call often, but hardly ever each other.
  keyAndRoute: 'caller_no = 7, route_no = 13, status = 200',
  keyAndStatus: `caller_no = 7, route_no = 1, status = 403, reason = 'missing_scope'`,
  routeAndStatus: `caller_no = 6, route_no = 13, status = 404, reason = 'resource_not_found'`,
  ipAndStatus: `ip = '203.0.1.0', caller_no = 1, status = 507`,
};

/** Not in the traffic, so that what is planted is all there is. */
export const excluded = {
  route: 'case when caller = 7 and route = 13 then 14 when caller = 8 and route = 14 then 13 else route end',
  status: 'case when caller in (7, 8) and answer = 403 or routed = 13 and answer in (403, 404) then 200 else answer end',
};

/** The numbers of the rows, by what is planted there. */
export const placesOf = (rows) =>
  Object.keys(planted).map((name, index) => ({
    name,
    sequences: [0.12, 0.5, 0.93].map((share) => Math.floor((rows / 2) * share) + 7 * index + 1),
  }));
