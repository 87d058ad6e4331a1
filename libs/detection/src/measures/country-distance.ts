/**
 * How far two countries are apart at least, roughly: each is a circle of its area around its middle. Degrees north and east of the middle, and the
 * radius in km. Where a country is not in the table, nothing is said about it.
 */
const table = `AD 43 2 12|AE 24 54 163|AF 34 66 456|AG 17 -62 12|AL 41 20 96|AM 40 45 97|AO -12 18 630|AR -34 -64 941|AT 47 14 163|AU -25 134 1565|AZ 40 48 166
BA 44 18 128|BB 13 -60 12|BD 24 90 217|BE 51 5 99|BF 12 -2 295|BG 43 25 188|BH 26 51 16|BI -3 30 94|BJ 9 2 189|BN 5 115 43|BO -17 -65 591|BR -10 -53 1646|BS 24 -76 67
BT 27 90 110|BW -22 24 430|BY 53 28 257|BZ 17 -89 85|CA 60 -96 1783|CD -3 24 864|CF 7 21 445|CG -1 15 330|CH 47 8 115|CI 8 -6 320|CL -36 -71 491|CM 6 12 389
CN 36 104 1748|CO 4 -73 603|CR 10 -84 128|CU 22 -79 188|CV 16 -24 36|CY 35 33 54|CZ 50 15 158|DE 51 10 337|DJ 12 43 86|DK 56 10 117|DO 19 -70 124|DZ 28 3 871
EC -1 -78 301|EE 59 26 120|EG 27 30 565|ER 15 39 194|ES 40 -4 401|ET 9 39 592|FI 64 26 328|FJ -18 178 76|FR 46 2 419|GA -1 12 292|GB 54 -2 279|GE 42 44 149
GH 8 -1 276|GL 72 -40 830|GM 13 -15 60|GN 10 -11 280|GQ 2 10 94|GR 39 22 205|GT 15 -90 186|GW 12 -15 107|GY 5 -59 262|HK 22 114 19|HN 15 -87 189|HR 45 16 134
HT 19 -72 94|HU 47 19 172|ID -2 118 778|IE 53 -8 150|IL 31 35 84|IN 22 79 1023|IQ 33 44 373|IR 32 54 724|IS 65 -19 181|IT 43 12 310|JM 18 -77 59|JO 31 36 169
JP 37 138 347|KE 0 38 430|KG 41 75 252|KH 13 105 240|KP 40 127 196|KR 36 128 178|KW 29 48 75|KZ 48 67 931|LA 18 104 275|LB 34 36 58|LI 47 10 7|LK 8 81 145
LR 6 -9 188|LS -30 28 98|LT 55 24 144|LU 50 6 29|LV 57 25 143|LY 27 17 748|MA 32 -6 377|MC 44 7 1|MD 47 29 104|ME 43 19 66|MG -19 47 432|MK 42 22 90
ML 17 -4 628|MM 21 97 464|MN 47 104 706|MO 22 114 3|MR 20 -10 573|MT 36 14 10|MU -20 57 25|MV 4 73 10|MW -13 34 194|MX 24 -102 791|MY 4 109 324|MZ -18 35 505
NA -22 17 512|NE 17 9 635|NG 9 8 542|NI 13 -85 204|NL 52 5 115|NO 65 14 351|NP 28 84 216|NZ -41 173 292|OM 21 56 314|PA 9 -80 155|PE -9 -75 640|PG -7 145 384
PH 12 123 309|PK 30 69 503|PL 52 19 315|PR 18 -66 54|PS 32 35 44|PT 40 -8 171|PY -23 -58 360|QA 25 51 61|RO 46 25 276|RS 44 21 157|RU 62 95 2333|RW -2 30 92
SA 24 45 827|SB -9 160 96|SC -5 55 12|SD 15 30 771|SE 62 16 379|SG 1 104 15|SI 46 15 80|SK 49 19 125|SL 8 -12 151|SM 44 12 4|SN 14 -14 250|SO 6 46 451
SR 4 -56 228|SS 7 30 444|SV 14 -89 82|SY 35 38 243|SZ -27 31 74|TD 15 19 639|TG 9 1 134|TH 15 101 404|TJ 39 71 213|TL -9 126 69|TM 39 59 394|TN 34 9 228
TR 39 35 500|TT 10 -61 40|TW 24 121 107|TZ -6 35 549|UA 49 32 438|UG 1 32 277|US 40 -98 1770|UY -33 -56 237|UZ 41 64 377|VE 7 -66 539|VN 16 106 325
XK 43 21 59|YE 16 48 410|ZA -29 25 623|ZM -14 28 489|ZW -19 30 353`;

type Circle = { north: number; east: number; radius: number };
const circles: ReadonlyMap<string, Circle> = new Map(
  table.split(/[|\n]/).map((row) => {
    const [code = '', north, east, radius] = row.split(' ');
    return [code, { north: Number(north), east: Number(east), radius: Number(radius) }];
  }),
);
export const countriesWithPlace: readonly string[] = [...circles.keys()];

const EARTH_KM = 6_371;
const toRadians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Between the nearest points of both; 0 where they overlap. Null: one of them has no place in the table. */
export function kilometresBetween(one: string, other: string): number | null {
  const a = circles.get(one);
  const b = circles.get(other);
  if (a === undefined || b === undefined) return null;
  const haversine =
    Math.sin(toRadians(b.north - a.north) / 2) ** 2 +
    Math.cos(toRadians(a.north)) * Math.cos(toRadians(b.north)) * Math.sin(toRadians(b.east - a.east) / 2) ** 2;
  return Math.max(0, 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(haversine))) - a.radius - b.radius);
}
