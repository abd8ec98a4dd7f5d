/**
 * Whether the ranges of a cluster hold what its objects need at t = 0. What the timeline creates later may run out of
 * them: the API server refuses it then.
 */
import { parsePrefix } from '../../net/address.ts';
import { InputError } from '../input-error.ts';
import type { PlainObject } from '../manifest/document.ts';
import type { Scenario } from './scenario.ts';

/** @throws {InputError} at the range that is too small */
export function checkCapacity({ objects, kubernetes, locator }: Scenario): void {
  const specs = objects
    .filter(({ object }) => object.kind === 'Service')
    .map(({ object }) => (object.spec ?? {}) as PlainObject);
  // One more for default/kubernetes.
  const addressed = specs.filter(({ type, clusterIP }) => type !== 'ExternalName' && clusterIP !== 'None').length + 1;
  for (const text of kubernetes.serviceCIDRs) {
    const prefix = parsePrefix(text)!;
    // Neither the network's own address nor the last one is given out.
    const room = Math.max(0, 2 ** ((prefix.family === 4 ? 32 : 128) - prefix.length) - 2);
    if (addressed > room) {
      const where = locator.value(['spec', 'kubernetes', 'serviceCIDR']);
      throw new InputError(where, `serviceCIDR ${text} has room for ${room} services, ${addressed} are wanted`);
    }
  }
  const { first, last } = kubernetes.nodePortRange;
  const nodePorts = specs
    .filter(({ type }) => type === 'NodePort' || type === 'LoadBalancer')
    .reduce((sum, { ports }) => sum + (Array.isArray(ports) ? ports.length : 0), 0);
  if (nodePorts > last - first + 1) {
    const where = locator.value(['spec', 'kubernetes', 'nodePortRange']);
    const room = last - first + 1;
    throw new InputError(where, `nodePortRange ${first}-${last} has room for ${room} ports, ${nodePorts} are wanted`);
  }
}
