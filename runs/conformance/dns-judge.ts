/**
 * The model's account of DNS cases against the record: answers as sets of records, look-ups by what went over the wire,
 * resolver files, host names, and what a cache on a node keeps.
 */
import { podHostname } from '../../controllers/kubelet/pod-hostname.ts';
import { podResolverConfig } from '../../controllers/kubelet/pod-resolver.ts';
import type { Manifest } from '../../controllers/object/manifest.ts';
import { DnsRecords } from '../../controllers/service-dns/dns-records.ts';
import { NodeCache } from '../../controllers/service-dns/node-cache.ts';
import { zoneTransfer } from '../../controllers/service-dns/zone-transfer.ts';
import type { ObjectView } from '../../controllers/view.ts';
import { SECOND } from '../../core/time.ts';
import { type Message, query, RCODE_NAMES, Rcode, reply } from '../../net/dns/message.ts';
import { fqdn } from '../../net/dns/name.ts';
import { RecordType, type ResourceRecord, soaData, typeName, typeNamed } from '../../net/dns/record.ts';
import { type DnsResponder, responderOf, settingsOf, viewOfObjects } from './dns-cluster.ts';
import {
  DEFAULT_SERVER,
  type DnsCase,
  type ExpectedRecord,
  type LookupCase,
  type QueryCase,
  readView,
} from './dns-file.ts';
import { type LookupRun, roundedSeconds, runLookup } from './dns-lookup-run.ts';

/** One thing that a case checks. */
export interface JudgedItem {
  readonly title: string;
  /** Why it fails, a line each; empty: it passes. */
  readonly reasons: readonly string[];
}

export function judgeDnsCase(one: DnsCase): readonly JudgedItem[] {
  const view = viewOfObjects(one.objects as Manifest[]);
  const respond = responderOf(one.server ?? DEFAULT_SERVER, view);
  return [
    ...one.queries.map((item) => ({ title: `${item.type} ${item.name}`, reasons: judgeQuery(item, respond) })),
    ...one.lookups.map((item) => ({
      title: `${item.libc} ${item.family} ${item.name}`,
      reasons: judgeLookup(one, item, respond),
    })),
    ...one.resolvConf.map(({ kubelet, pod, expect }) => {
      const told = podResolverConfig(kubelet, pod as never);
      return {
        title: `resolv.conf of ${pod.metadata.name}`,
        reasons: [
          ...different('nameservers', expect.nameservers, told.nameservers),
          ...different('search', expect.search, told.search),
          ...different('options', sorted(expect.options), sorted(told.options)),
        ],
      };
    }),
    ...one.hostnames.map(({ pod, clusterDomain, expect }) => {
      const told = podHostname(pod as never, clusterDomain);
      return {
        title: `host name of ${pod.metadata.name}`,
        reasons: [
          ...(expect.hostname === undefined ? [] : different('hostname', expect.hostname, told.hostname)),
          ...(expect.fqdn === undefined ? [] : different('fqdn', expect.fqdn, told.fqdn)),
          ...(expect.etcHosts === undefined ? [] : different('hosts', expect.etcHosts, told.hostsLine)),
        ],
      };
    }),
    ...judgeSequence(one),
    ...(one.transfer === undefined ? [] : [{ title: 'transfer', reasons: judgeTransfer(one, view) }]),
  ];
}

/** Weights are not compared: a list of mixed families stands in one slice there and in two here. */
function judgeTransfer({ server = DEFAULT_SERVER, transfer }: DnsCase, view: ObjectView): string[] {
  const recorded = recordsIn(transfer);
  if (recorded === undefined) return ['the case names no records'];
  const told = zoneTransfer(new DnsRecords(view), settingsOf(server), server.zones[0]!);
  const text = ({ name, type, data }: ExpectedRecord): string =>
    `${name} ${type} ${data.replace(/^(0) \d+ (\d+ \S+)$/, '$1 * $2').replace(/^(\S+ \S+) (?:\d+|\*)( \d+ \d+ \d+ \d+)$/, '$1 *$2')}`;
  const own = told.map(({ name, type, data }) => text({ name, type: typeName(type), data }));
  return different('records', [...new Set(recorded.map(text))].sort(), [...new Set(own)].sort());
}

/** The list of records somewhere in a value. */
function recordsIn(value: unknown): readonly ExpectedRecord[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value.every((one) => 'data' in one) ? (value as ExpectedRecord[]) : undefined;
  for (const part of Object.values(value)) {
    const found = recordsIn(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sorted(words: readonly string[]): readonly string[] {
  return [...words].sort();
}

function different(what: string, recorded: unknown, told: unknown): string[] {
  const [a, b] = [JSON.stringify(recorded), JSON.stringify(told)];
  return a === b ? [] : [`${what}: recorded ${a}, model ${b}`];
}

function judgeQuery({ name, type, expect }: QueryCase, respond: DnsResponder): string[] {
  const told = respond(query({ name, type: typeNamed(type) ?? 0 }));
  const reasons = different('rcode', expect.rcode, RCODE_NAMES[told.rcode]);
  for (const section of ['answer', 'additional', 'authority'] as const) {
    const recorded = expect[section];
    if (recorded === 'any') continue;
    reasons.push(
      ...different(
        section,
        recorded.map((record) => expectedText(record, expect.ttlFree)).sort(),
        told[section].map((record) => toldText(record, expect.ttlFree)).sort(),
      ),
    );
  }
  return reasons;
}

function expectedText({ name, type, ttl, data }: ExpectedRecord, ttlFree: boolean): string {
  return `${name} ${ttlFree ? '' : ttl} ${type} ${data}`;
}

/** The serial of an SOA is nobody's business. */
function toldText({ name, type, ttl, data }: ResourceRecord, ttlFree: boolean): string {
  const text = type === RecordType.SOA ? data.replace(/^(\S+ \S+) \d+/, '$1 *') : data;
  return `${name} ${ttlFree ? '' : ttl} ${typeName(type)} ${text}`;
}

function judgeLookup(one: DnsCase, item: LookupCase, respond: DnsResponder): string[] {
  const config =
    item.resolvConf ??
    (one.kubelet === undefined || item.pod === undefined
      ? undefined
      : podResolverConfig(one.kubelet, item.pod as never));
  if (config === undefined) return ['the case says nothing of the resolver file'];
  const dead = new Set([...(one.deadServers ?? []), ...(item.deadServers ?? [])]);
  const views = new Map<string, DnsResponder>();
  for (const [address, value] of Object.entries({ ...one.views, ...item.views })) {
    const server = readView(Array.isArray(value) ? { ...one.server, zones: [], upstream: value } : value);
    if (server !== undefined) views.set(address, responderOf(server, viewOfObjects(one.objects as Manifest[])));
  }
  const delays = { ...one.delays, ...item.delays };
  const run = runLookup(
    { resolver: item.libc, name: item.name, family: item.family, config },
    {
      respond: (address) => (dead.has(address) ? undefined : (views.get(address) ?? respond)),
      delayNs: (address) => (delays[address] ?? 0) * SECOND,
    },
  );
  return lookupDifferences(item, config.nameservers, run);
}

function lookupDifferences({ libc, expect }: LookupCase, nameservers: readonly string[], run: LookupRun): string[] {
  const timed = expect.wire?.some(({ at }) => at !== undefined) ?? false;
  const told = run.wire.map(({ server, question, tcp, atNs }) => ({
    server: nameservers[server]!,
    text: `${typeName(question.type)} ${question.name} ${tcp ? 'tcp' : 'udp'}${timed ? ` ${roundedSeconds(atNs)}` : ''}`,
  }));
  const recorded = expect.wire?.map(({ server, name, type, transport, at = 0 }) => ({
    server,
    text: `${type} ${name} ${transport}${timed ? ` ${at}` : ''}`,
  }));
  const reasons: string[] = [];
  if (expect.queries !== undefined) reasons.push(...different('queries', expect.queries, told.length));
  if (recorded !== undefined) {
    // musl asks all servers at once: only the order at each of them is its own.
    const apart = libc === 'musl' && nameservers.length > 1;
    const lines = (wire: typeof told): readonly string[] =>
      apart
        ? nameservers.map((address) =>
            wire
              .filter(({ server }) => server === address)
              .map(({ text }) => text)
              .join(', '),
          )
        : wire.map(({ server, text }) => `${server} ${text}`);
    reasons.push(...different('wire', lines(recorded), lines(told)));
  }
  const { addresses, error } = run.result;
  if (expect.addresses !== undefined)
    reasons.push(...different('addresses', sorted(expect.addresses), sorted(addresses)));
  if (expect.addressCount !== undefined) reasons.push(...different('addresses', expect.addressCount, addresses.length));
  reasons.push(...different('error', expect.error, error));
  if (expect.seconds !== undefined) reasons.push(...different('seconds', expect.seconds, roundedSeconds(run.tookNs)));
  return reasons;
}

/** Questions put to the cache of a node one after the other. */
function judgeSequence({ nodeLocal, sequence }: DnsCase): readonly JudgedItem[] {
  if (nodeLocal === undefined)
    return sequence.map(({ name }) => ({ title: name, reasons: ['the case names no cache'] }));
  const cache = new NodeCache(
    Object.entries(nodeLocal.zones).map(([zone, { successMax, denialMax }]) => ({
      zone: fqdn(zone),
      successSeconds: successMax,
      denialSeconds: denialMax,
    })),
  );
  return sequence.map((step) => {
    const asked = query({ name: step.name, type: typeNamed(step.type) ?? 0 });
    const { cache: place, upstream } = cache.placeOf(step.name);
    const nowNs = step.at * SECOND;
    let answer = place.find(asked, nowNs);
    const from = answer === undefined ? 'upstream' : 'cache';
    if (answer === undefined) {
      const fresh = upstreamAnswer(asked, step);
      place.store(fresh, nowNs);
      answer = place.capped(fresh);
    }
    const { expect } = step;
    const reasons = different('from', expect.from, from);
    if (from === 'upstream' && expect.to !== undefined) {
      const to = upstream.to === 'cluster' ? `${nodeLocal.upstream} service` : "the node's own nameserver";
      reasons.push(...different('to', expect.to, to));
    }
    if (from === 'upstream' && expect.transport !== undefined)
      reasons.push(...different('transport', expect.transport, upstream.tcp ? 'tcp' : 'udp'));
    if (expect.ttl !== undefined) reasons.push(...different('ttl', expect.ttl, answer.answer[0]?.ttl));
    return { title: `at ${step.at} s: ${step.type} ${step.name}`, reasons };
  });
}

function upstreamAnswer(
  asked: Message,
  {
    denied,
    soaTTL = 30,
    recordTTL = 30,
  }: { denied: boolean; soaTTL?: number | undefined; recordTTL?: number | undefined },
): Message {
  const { name, type } = asked.question;
  if (!denied) return reply(asked, { answer: [{ name, type, ttl: recordTTL, data: '192.0.2.1' }] });
  const data = soaData({
    primary: 'ns.dns.',
    mailbox: 'hostmaster.',
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: soaTTL,
  });
  return reply(asked, {
    rcode: Rcode.NxDomain,
    authority: [{ name: '.', type: RecordType.SOA, ttl: soaTTL, data }],
  });
}
