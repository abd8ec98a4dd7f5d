/**
 * The objects of a DNS case in a store, with the slices that the controller would write for Services with a selector,
 * and the server over them.
 */
import { endpointSliceController } from '../../controllers/endpoint-slice/endpoint-slice-controller.ts';
import { defaultObject } from '../../controllers/object/default.ts';
import { SERVICE_NAME_LABEL } from '../../controllers/object/endpoint-slice.ts';
import { kindInfo } from '../../controllers/object/kind.ts';
import { isManifest, type Manifest, objectAt } from '../../controllers/object/manifest.ts';
import { objectKey } from '../../controllers/object-key.ts';
import { clusterAnswer } from '../../controllers/service-dns/cluster-answer.ts';
import { DnsRecords } from '../../controllers/service-dns/dns-records.ts';
import type { ServerSettings } from '../../controllers/service-dns/server-settings.ts';
import { ObjectStore } from '../../controllers/store.ts';
import type { ObjectView } from '../../controllers/view.ts';
import { type Message, query, RCODE_NAMES } from '../../net/dns/message.ts';
import { fqdn } from '../../net/dns/name.ts';
import { typeNamed } from '../../net/dns/record.ts';
import { answerFrom, type Zone } from '../../net/dns/zone.ts';
import type { DnsServerCase } from './dns-file.ts';

/** Release whose defaults the objects get. */
const MINOR = 33;

/** Answers a query. */
export type DnsResponder = (asked: Message) => Message;

export function viewOfObjects(objects: readonly Manifest[]): ObjectView {
  const store = new ObjectStore();
  const put = (manifest: Manifest): void => {
    const info = kindInfo(String(manifest['kind']));
    if (info !== undefined)
      store.write(store.revision + 1, 0, 0, defaultObject(info.kind, withFamilies(manifest), MINOR), false);
  };
  for (const object of objects) put(object);
  const sliced = new Set(
    store
      .view(store.revision)
      .list('EndpointSlice')
      .map(({ metadata }) => objectKey(metadata.namespace, metadata.labels?.[SERVICE_NAME_LABEL] ?? '')),
  );
  for (const { metadata, spec } of store.view(store.revision).list('Service')) {
    const key = objectKey(metadata.namespace, metadata.name);
    if (sliced.has(key) || spec.selector === undefined) continue;
    const { writes } = endpointSliceController.reconcile(key, store.view(store.revision), undefined as never);
    for (const [i, write] of writes.entries()) {
      if (write.verb !== 'create') continue;
      const given = objectAt(write.object, 'metadata');
      put({ ...write.object, metadata: { ...given, name: `${metadata.name}-${i}` } });
    }
  }
  return store.view(store.revision);
}

/** A Service without a word on families is of its address's, and a pod may lack a part that a stored one has. */
function withFamilies(manifest: Manifest): Manifest {
  if (manifest['kind'] !== 'Service') return manifest;
  const spec = objectAt(manifest, 'spec');
  const ips = spec['clusterIPs'];
  const first = Array.isArray(ips) ? String(ips[0]) : '';
  return { ...manifest, spec: { ipFamilies: [first.includes(':') ? 'IPv6' : 'IPv4'], ...spec } };
}

export function zoneOfCase(upstream: DnsServerCase['upstream']): Zone {
  const failing = new Map<string, number>();
  const records: Zone['records'][number][] = [];
  for (const one of upstream) {
    if ('rcode' in one && typeof one.rcode === 'string') failing.set(one.name, RCODE_NAMES.indexOf(one.rcode));
    else if (isManifest(one) && 'data' in one)
      records.push({
        name: fqdn(one.name),
        type: typeNamed(String(one.type)) ?? 0,
        ttl: Number(one['ttl']),
        data: String(one.data),
      });
  }
  return { records, failing };
}

export function settingsOf(server: DnsServerCase): ServerSettings {
  return {
    zones: server.zones,
    pods: server.pods,
    ttlSeconds: server.ttl,
    namespaces: server.namespaces ?? [],
    isSynced: server.synced,
    ignoreEmptyService: server.ignoreEmptyService,
    endpointPodNames: server.endpointPodNames,
    fallthrough: server.fallthrough.map(fqdn),
    ownIPs: server.ownIPs,
    externalZones: server.externalZones,
    externalHeadless: server.externalHeadless,
    serial: 0,
  };
}

export function responderOf(server: DnsServerCase, view: ObjectView): DnsResponder {
  const zone = zoneOfCase(server.upstream);
  const settings = settingsOf(server);
  const records = new DnsRecords(view);
  return (asked) => clusterAnswer(records, settings, asked, (question) => answerFrom(zone, query(question, asked.id)));
}
