/**
 * The answer of a cluster's DNS server as a pure function of the objects that it has seen: CoreDNS's kubernetes plugin,
 * with what it hands on to the outside world.
 * @see https://github.com/coredns/coredns plugin/kubernetes/handler.go, https://github.com/kubernetes/dns docs/specification.md
 */
import { type Message, type Question, query, Rcode, reply } from '../../net/dns/message.ts';
import { isWithin, zoneOf } from '../../net/dns/name.ts';
import { RecordType, type ResourceRecord, soaData } from '../../net/dns/record.ts';
import type { DnsRecords } from './dns-records.ts';
import { answerExternally } from './external-zone.ts';
import { type Found, findRecords } from './found-service.ts';
import { nameServers } from './name-server.ts';
import {
  type AskOutside,
  addressRecords,
  aliasRecords,
  baseOf,
  type RecordContext,
  type RecordSet,
  serviceRecords,
} from './record-set.ts';
import { parseRequestName } from './request-name.ts';
import { addressOfReverse, isReverseName, namesOfAddress } from './reverse.ts';
import type { ServerSettings } from './server-settings.ts';

/** Version of the specification that names follow, and how long that may be remembered. */
const SCHEMA_VERSION = '1.1.0';
const SCHEMA_TTL_SECONDS = 28800;
const NAME_SERVER = 'ns.dns';
const MAX_SOA_TTL_SECONDS = 300;
const EMPTY: RecordSet = { answer: [], additional: [], truncated: false };

/**
 * Answers a question as the server does.
 * @param askOutside what the world outside the cluster's zones says; asked for names of others, and for where aliases lead
 */
export function clusterAnswer(
  records: DnsRecords,
  settings: ServerSettings,
  asked: Message,
  askOutside: AskOutside,
): Message {
  const { name } = asked.question;
  const external = zoneOf(name, settings.externalZones);
  /** What it asks itself on the way goes through all of it again. */
  const askAgain: AskOutside = (question) =>
    clusterAnswer(records, settings, { ...query(question, asked.id), udpBytes: asked.udpBytes }, askOutside);
  if (external !== undefined) return answerExternally(records, settings, asked, spelled(name, external), askAgain);
  const zone = zoneOf(name, settings.zones);
  if (zone === undefined) return asAnswerTo(asked, askOutside(asked.question));
  return (
    answerInZone(records, settings, asked, spelled(name, zone), askAgain) ??
    asAnswerTo(asked, askOutside(asked.question))
  );
}

/** The zone as the question spells it. */
function spelled(name: string, zone: string): string {
  return zone === '.' ? zone : name.slice(name.length - zone.length);
}

function asAnswerTo(asked: Message, message: Message): Message {
  return { ...message, id: asked.id, question: asked.question, udpBytes: asked.udpBytes };
}

/** @returns undefined: the cluster lacks the name, and somebody else is to be asked */
function answerInZone(
  records: DnsRecords,
  settings: ServerSettings,
  asked: Message,
  zone: string,
  askOutside: AskOutside,
): Message | undefined {
  const { question } = asked;
  if (question.type === RecordType.AXFR || question.type === RecordType.IXFR)
    return reply(asked, { rcode: Rcode.Refused });
  const soa = zoneSoa(zone, settings);
  const find = (name: string): readonly Found[] | undefined => findIn(records, settings, name, zone, question.type);
  const context: RecordContext = { zone, ttl: settings.ttlSeconds, find, askOutside };
  const set = recordsOf(records, settings, context, question, soa);
  if (set === undefined) {
    if (settings.fallthrough.some((one) => isWithin(question.name, one))) return undefined;
    // Nothing may be denied before all has been seen.
    const rcode = settings.isSynced ? Rcode.NxDomain : Rcode.ServFail;
    return reply(asked, { rcode, authoritative: true, authority: [soa] });
  }
  const { answer, additional, truncated } = set;
  if (answer.length === 0) return reply(asked, { authoritative: true, authority: [soa] });
  return reply(asked, { authoritative: true, answer, additional, truncated });
}

/** @returns undefined: the name does not exist */
function recordsOf(
  records: DnsRecords,
  settings: ServerSettings,
  context: RecordContext,
  question: Question,
  soa: ResourceRecord,
): RecordSet | undefined {
  const { name, type } = question;
  const { zone, ttl } = context;
  const base = baseOf(name, zone);
  switch (type) {
    case RecordType.A:
    case RecordType.AAAA:
      return addressRecords(context, question);
    case RecordType.CNAME:
      return aliasRecords(context, question);
    case RecordType.SRV:
      return serviceRecords(context, question);
    case RecordType.TXT: {
      if (base === 'dns-version')
        return { ...EMPTY, answer: [{ name, type, ttl: SCHEMA_TTL_SECONDS, data: SCHEMA_VERSION }] };
      // A name has to lead to something to exist without a text.
      const found = context.find(name.toLowerCase());
      return found === undefined || found.length === 0 ? undefined : EMPTY;
    }
    case RecordType.PTR: {
      const address = addressOfReverse(name);
      if (address === undefined) return context.find(name.toLowerCase()) && EMPTY;
      const names = namesOfAddress(records, settings, address);
      return names.length === 0 ? undefined : { ...EMPTY, answer: names.map((data) => ({ name, type, ttl, data })) };
    }
    case RecordType.SOA:
      return base === '' ? { ...EMPTY, answer: [soa] } : EMPTY;
    case RecordType.NS:
      if (base === '') return nameServerRecords(records, settings, context, question);
      return context.find(name.toLowerCase()) && EMPTY;
    default:
      return context.find(name.toLowerCase()) && EMPTY;
  }
}

/** What there is under a name of the zone, in lower case. */
function findIn(
  records: DnsRecords,
  settings: ServerSettings,
  name: string,
  zone: string,
  type: number,
): readonly Found[] | undefined {
  const base = baseOf(name, zone);
  if (base === NAME_SERVER) {
    const family = type === RecordType.AAAA ? 6 : type === RecordType.A ? 4 : 0;
    return nameServers(records, settings).filter(({ host }) => host.includes(':') === (family === 6) && family !== 0);
  }
  const request = parseRequestName(base);
  if (request === undefined) return undefined;
  if (request.kind !== '' && isReverseName(name)) return undefined;
  return findRecords(records, settings, request);
}

function nameServerRecords(
  records: DnsRecords,
  settings: ServerSettings,
  { zone, ttl }: RecordContext,
  { name, type }: Question,
): RecordSet {
  const servers = nameServers(records, settings).map(({ host, key }) => ({ host, target: `${key}.${zone}` }));
  const targets = [...new Set(servers.map(({ target }) => target))];
  return {
    ...EMPTY,
    answer: targets.map((data) => ({ name, type, ttl, data })),
    additional: servers.map(({ host, target }) => ({
      name: target,
      type: host.includes(':') ? RecordType.AAAA : RecordType.A,
      ttl,
      data: host,
    })),
  };
}

export function zoneSoa(zone: string, { ttlSeconds, serial }: ServerSettings): ResourceRecord {
  const data = soaData({
    primary: `ns.dns.${zone}`,
    mailbox: `hostmaster.${zone}`,
    serial,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: ttlSeconds,
  });
  return { name: zone, type: RecordType.SOA, ttl: Math.min(ttlSeconds, MAX_SOA_TTL_SECONDS), data };
}
