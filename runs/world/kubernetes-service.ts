/**
 * The Service by which pods find the API server, as it stands before anybody applies anything.
 */
import { kubernetesServiceManifests } from '../../controllers/kubernetes-service/kubernetes-service-controller.ts';
import type { Manifest } from '../../controllers/object/manifest.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** The Service and its endpoints; none where the scenario brings a Service of that name itself. */
export function apiServiceManifests({ objects, kubernetes, nodes }: Scenario): Manifest[] {
  const isGiven = objects.some(({ object: { kind, metadata } }) => {
    const { name, namespace = 'default' } = metadata as { readonly name?: unknown; readonly namespace?: unknown };
    return kind === 'Service' && name === 'kubernetes' && namespace === 'default';
  });
  const machine = nodes[0]?.ips[0]?.address;
  if (isGiven || machine === undefined) return [];
  return kubernetesServiceManifests(
    kubernetes.serviceCIDRs[0]!,
    machine,
    kubernetes.profile.endpointsApi !== 'endpoints',
  );
}
