/**
 * The Deployment that `create deployment` sends, and the Pod of `run`.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/create/create_deployment.go, run/run.go
 */

import type { Manifest } from '../../controllers/object/manifest.ts';
import type { StringMap } from '../../controllers/object/metadata.ts';

interface NamedManifest extends Manifest {
  readonly kind: string;
  readonly metadata: Manifest & { readonly name: string };
}

/** @param command replaces the images' own; only a single image may have one */
export function deploymentManifest(
  name: string,
  namespace: string | undefined,
  images: readonly string[],
  replicas: number,
  port: number | undefined,
  command: readonly string[] | undefined,
): NamedManifest {
  const labels = { app: name };
  const containers = images.map((image, i) => ({
    name: containerName(image),
    image,
    resources: {},
    ...(command === undefined ? {} : { command }),
    ...(port === undefined || i > 0 ? {} : { ports: [{ containerPort: port }] }),
  }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: {},
      template: { metadata: { labels }, spec: { containers } },
    },
    status: {},
  };
}

/** `docker.io/library/nginx:1.27` gives `nginx`. */
function containerName(image: string): string {
  return image
    .slice(image.lastIndexOf('/') + 1)
    .replace(/[:@].*$/, '')
    .replace(/[^a-zA-Z0-9-]/g, '-')
    .toLowerCase();
}

export interface PodOptions {
  readonly namespace: string | undefined;
  readonly image: string;
  readonly labels: StringMap;
  readonly port: number | undefined;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly restartPolicy: string;
  readonly args: readonly string[];
  /** The args are the command itself. */
  readonly isCommand: boolean;
}

export function podManifest(name: string, options: PodOptions): NamedManifest {
  const { namespace, image, labels, port, env, restartPolicy, args, isCommand } = options;
  const container = {
    name,
    image,
    resources: {},
    ...(args.length === 0 ? {} : isCommand ? { command: args } : { args }),
    ...(env.length === 0 ? {} : { env }),
    ...(port === undefined ? {} : { ports: [{ containerPort: port }] }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels, ...(namespace === undefined ? {} : { namespace }) },
    spec: { containers: [container], dnsPolicy: 'ClusterFirst', restartPolicy },
    status: {},
  };
}
