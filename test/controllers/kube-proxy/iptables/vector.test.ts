/** Each case of a folder of recorded flows, if there is one, becomes a rule set that names what the flows ask for. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { restoreProgram } from '../../../../controllers/kube-proxy/iptables/proxier.ts';
import { proxyProfile } from '../../../../controllers/kube-proxy/profile.ts';
import type { SyncInputs } from '../../../../controllers/kube-proxy/proxier.ts';
import type { EndpointSlice } from '../../../../controllers/object/endpoint-slice.ts';
import type { Service } from '../../../../controllers/object/service.ts';
import { config, NODE, service, slice } from './sample.ts';

const test = suite('kube-proxy/iptables/vector');

interface Case {
  readonly id: string;
  readonly source: string;
  readonly proxier: {
    readonly nodeName: string;
    readonly nodeIPs: readonly string[];
    readonly localAddresses: readonly string[];
    readonly localDetector: { readonly mode: 'ClusterCIDR'; readonly podCIDRs: readonly string[] } | null;
    readonly masqueradeAll: boolean;
    readonly nodePortAddresses: readonly string[] | null;
    readonly localhostNodePorts: boolean;
    readonly nodeLabels: Record<string, string>;
    readonly featureGates?: Record<string, boolean>;
  };
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly flows: readonly { readonly destIP: string; readonly expect: { readonly endpoints?: readonly string[] } }[];
}

function inputsOf({ proxier, services, endpointSlices }: Case, family: 4 | 6): SyncInputs {
  const newest = proxyProfile(34);
  const gates = proxier.featureGates ?? {};
  const nodeHints = gates['PreferSameTrafficDistribution'] ?? true;
  const { localDetector } = proxier;
  return {
    services,
    endpointSlices,
    node: {
      name: proxier.nodeName,
      ips: proxier.nodeIPs,
      labels: proxier.nodeLabels,
      localAddresses: proxier.localAddresses,
    },
    config: config({
      family,
      profile: { ...newest, ipMode: gates['LoadBalancerIPMode'] ?? true, topology: { ...newest.topology, nodeHints } },
      detector: localDetector === null ? { mode: 'none' } : { mode: 'ClusterCIDR', cidrs: localDetector.podCIDRs },
      masqueradeAll: proxier.masqueradeAll,
      nodePortAddresses: proxier.nodePortAddresses ?? [],
      localhostNodePorts: proxier.localhostNodePorts,
    }),
  };
}

test('restoreProgram() writes IPv6 addresses with brackets before the port, and bare elsewhere', () => {
  const six = service('a/b', 'fd00:1::1', { port: 80 });
  const ends: EndpointSlice = { ...slice(six, 8080, ['fd00:2::5']), addressType: 'IPv6' };
  const text = restoreProgram({ services: [six], endpointSlices: [ends], node: NODE, config: config({ family: 6 }) });
  assert.match(text, '-s fd00:2::5 -j KUBE-MARK-MASQ');
  assert.match(text, '--to-destination [fd00:2::5]:8080');
  assert.match(text, '-m addrtype --dst-type LOCAL ! -d ::1/128 -j KUBE-NODEPORTS');
  assert.not.match(text, '127.0.0.0/8');
});

const file = join(process.env['KUBEHOP_SHARED'] ?? '', 'vectors', 'kube-proxy.json');
if (process.env['KUBEHOP_SHARED'] !== undefined && existsSync(file)) {
  const cases = (JSON.parse(readFileSync(file, 'utf8')) as Case[]).filter((one) => one.source === 'iptables');
  test(`each of ${cases.length} recorded cases has a DNAT rule for every endpoint that its flows may pick`, () => {
    assert.ok(cases.length > 0);
    for (const one of cases) {
      const texts = { 4: restoreProgram(inputsOf(one, 4)), 6: restoreProgram(inputsOf(one, 6)) };
      for (const flow of one.flows) {
        for (const end of flow.expect.endpoints ?? []) {
          assert.match(texts[flow.destIP.includes(':') ? 6 : 4], `--to-destination ${end}\n`, `${one.id}: ${end}`);
        }
      }
    }
  });
}

test.run();
