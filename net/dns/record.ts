/**
 * Resource records, with their data as a zone file has it: `10.96.0.1`, `0 100 443 web.default.svc.cluster.local.`
 * @see RFC 1035 section 3.2, RFC 2782 (SRV), RFC 3596 (AAAA)
 */

/** Types that are understood. @see https://www.iana.org/assignments/dns-parameters */
export const RecordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

const NAMES = new Map<number, string>(Object.entries(RecordType).map(([name, type]) => [type, name]));

/** `AAAA`; `TYPE99` of one without a name here. @see RFC 3597 section 5 */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `TYPE${type}`;
}

/** @returns the number of a type by its name in any case, or `undefined` */
export function typeNamed(name: string): number | undefined {
  const upper = name.toUpperCase();
  const known = (RecordType as Readonly<Record<string, number>>)[upper];
  const number = /^TYPE(\d{1,5})$/.exec(upper)?.[1];
  return known ?? (number === undefined || Number(number) > 65535 ? undefined : Number(number));
}

export interface ResourceRecord {
  /** Fully qualified. */
  readonly name: string;
  /** `RecordType` */
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** As a zone file has it; names fully qualified. Of TXT: its strings joined by nothing. */
  readonly data: string;
}

export interface SoaFields {
  readonly primary: string;
  readonly mailbox: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** TTL of denials, in seconds. @see RFC 2308 section 4 */
  readonly minimum: number;
}

export function soaData(soa: SoaFields): string {
  const { primary, mailbox, serial, refresh, retry, expire, minimum } = soa;
  return `${primary} ${mailbox} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
}

/** `web.default.svc.cluster.local. 30 IN A 10.96.0.1` */
export function formatRecord({ name, type, ttl, data }: ResourceRecord): string {
  return `${name} ${ttl} IN ${typeName(type)} ${type === RecordType.TXT ? `"${data}"` : data}`;
}
