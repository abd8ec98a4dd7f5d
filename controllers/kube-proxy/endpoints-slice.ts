/**
 * Endpoints as slices: what a kube-proxy from before EndpointSlices makes of them. Addresses that are not ready have no
 * part.
 */
import type { EndpointSlice } from '../object/endpoint-slice.ts';
import { HEADLESS_LABEL, SERVICE_NAME_LABEL } from '../object/endpoint-slice.ts';
import type { EndpointAddress, EndpointSubset, Endpoints } from '../object/endpoints.ts';

const known = new WeakMap<Endpoints, readonly EndpointSlice[]>();

/** One slice a subset and address family. Remembered per object: objects are immutable. */
export function slicesOfEndpoints(endpoints: Endpoints): readonly EndpointSlice[] {
  let slices = known.get(endpoints);
  if (slices === undefined) {
    slices = (endpoints.subsets ?? []).flatMap((subset, i) => slicesOfSubset(endpoints, subset, i));
    known.set(endpoints, slices);
  }
  return slices;
}

function slicesOfSubset({ metadata }: Endpoints, subset: EndpointSubset, i: number): readonly EndpointSlice[] {
  const headless = metadata.labels?.[HEADLESS_LABEL];
  const labels = {
    [SERVICE_NAME_LABEL]: metadata.name,
    ...(headless === undefined ? {} : { [HEADLESS_LABEL]: headless }),
  };
  return (['IPv4', 'IPv6'] as const).flatMap((addressType) => {
    const addresses = (subset.addresses ?? []).filter(({ ip }) => ip.includes(':') === (addressType === 'IPv6'));
    if (addresses.length === 0) return [];
    return [
      {
        apiVersion: 'discovery.k8s.io/v1' as const,
        kind: 'EndpointSlice' as const,
        metadata: { ...metadata, name: `${metadata.name}-${i}`, labels },
        addressType,
        endpoints: addresses.map(endpointOf),
        ports: (subset.ports ?? []).map((port) => ({ name: '', ...port })),
      },
    ];
  });
}

function endpointOf({ ip, nodeName }: EndpointAddress): EndpointSlice['endpoints'][number] {
  return { addresses: [ip], conditions: { ready: true }, ...(nodeName === undefined ? {} : { nodeName }) };
}
