/**
 * A small cluster that meets most rules: a balanced service under policy Local with source ranges and affinity, one with
 * internal policy Local and no endpoint on this node, one without endpoints.
 */
import type { ProxyNode, SyncInputs } from '../../../../controllers/kube-proxy/proxier.ts';
import { config, service, slice } from './sample.ts';

export const STONE: ProxyNode = {
  name: 'stone',
  ips: ['192.168.7.2'],
  labels: {},
  localAddresses: ['192.168.7.2'],
};

export const flour = service(
  'mill/flour',
  '10.96.4.1',
  { name: 'http', port: 80, targetPort: 8080, nodePort: 30180 },
  {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    loadBalancerSourceRanges: ['192.168.7.0/24', '198.51.100.0/25'],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 90 } },
    healthCheckNodePort: 31999,
  },
  ['203.0.113.40'],
);
export const sack = service(
  'mill/sack',
  '10.96.4.2',
  { port: 7001, targetPort: 7000 },
  { internalTrafficPolicy: 'Local' },
);
export const none = service('mill/none', '10.96.4.3', { name: 'dns', port: 53, protocol: 'UDP' });

export function mill(minor?: number): SyncInputs {
  return {
    services: [none, sack, flour],
    endpointSlices: [
      slice(flour, 8080, ['10.20.1.6@stone', '10.20.2.7@wheel', '10.20.1.5@stone']),
      slice(sack, 7000, ['10.20.2.7@wheel']),
    ],
    node: STONE,
    config: config({ detector: { mode: 'ClusterCIDR', cidrs: ['10.20.0.0/16'] } }, minor),
  };
}

/** The rules of one chain of a restore text or a saved rule set, without `-A CHAIN`. */
export function rulesOf(text: string, table: string, chain: string): string[] {
  const part = text.split(`*${table}\n`)[1]?.split('COMMIT')[0] ?? '';
  const head = `-A ${chain} `;
  return part.split('\n').flatMap((line) => (line.startsWith(head) ? [line.slice(head.length)] : []));
}

/** Names of the chains that a table's text declares. */
export function chainsOf(text: string, table: string): string[] {
  const part = text.split(`*${table}\n`)[1]?.split('COMMIT')[0] ?? '';
  return part.split('\n').flatMap((line) => (line.startsWith(':') ? [line.slice(1).split(' ')[0]!] : []));
}
