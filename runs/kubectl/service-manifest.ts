/**
 * The Service that `expose` and `create service` send.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/expose/expose.go, create/create_service.go
 */
import type { StringMap } from '../../controllers/object/metadata.ts';

export interface PortManifest {
  readonly name?: string;
  readonly protocol?: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

export interface ServiceManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: StringMap };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: { readonly loadBalancer: Readonly<Record<string, never>> };
}

/**
 * @param namespace as given by `-n`; absent where it was not, as it is then absent from what is sent
 * @param spec entries that are `undefined` are left out
 */
export function serviceManifest(
  name: string,
  namespace: string | undefined,
  labels: StringMap | undefined,
  spec: Readonly<Record<string, unknown>>,
): ServiceManifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels }),
    },
    spec: Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)),
    status: { loadBalancer: {} },
  };
}

/** `80` is a number, anything else a name. */
export function intOrString(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}
