/**
 * What the API server fills in to a pod, or to the template of one.
 * @see kubernetes pkg/apis/core/v1/defaults.go SetDefaults_PodSpec, SetDefaults_Container, SetDefaults_Probe
 */
import type { Manifest } from './manifest.ts';
import { isManifest, listAt, objectAt, withDefaults } from './manifest.ts';
import type { Pod, PodSpec, PodTemplate } from './pod.ts';

export function defaultPod(manifest: Manifest): Pod {
  return {
    ...manifest,
    spec: { enableServiceLinks: true, ...defaultPodSpec(objectAt(manifest, 'spec'), true) },
    status: { phase: 'Pending', ...objectAt(manifest, 'status') },
  } as unknown as Pod;
}

export function defaultPodTemplate(template: Manifest): PodTemplate {
  return {
    ...template,
    metadata: objectAt(template, 'metadata'),
    spec: defaultPodSpec(objectAt(template, 'spec'), false),
  } as unknown as PodTemplate;
}

/** @param inPod not in a template: containers on the host's network get their host ports (since 1.28 only there) */
function defaultPodSpec(spec: Manifest, inPod: boolean): PodSpec {
  const onHost = inPod && spec['hostNetwork'] === true;
  const containers = (listAt(spec, 'containers') ?? []).map((container) => defaultContainer(container, onHost));
  const initial = listAt(spec, 'initContainers')?.map((container) => defaultContainer(container, onHost));
  return {
    ...withDefaults(spec, {
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      securityContext: {},
    }),
    containers,
    ...(initial === undefined ? {} : { initContainers: initial }),
  } as unknown as PodSpec;
}

function defaultContainer(container: Manifest, onHost: boolean): Manifest {
  const ports = listAt(container, 'ports')?.map((port) => {
    const given = withDefaults(port, { protocol: 'TCP' });
    return onHost ? withDefaults(given, { hostPort: given['containerPort'] }) : given;
  });
  return {
    ...withDefaults(container, {
      imagePullPolicy: pullPolicy(container['image']),
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    }),
    ...(ports === undefined ? {} : { ports }),
    ...Object.fromEntries(
      ['livenessProbe', 'readinessProbe', 'startupProbe']
        .filter((name) => isManifest(container[name]))
        .map((name) => [name, defaultProbe(objectAt(container, name))]),
    ),
  };
}

/** Always for `latest` (said or meant), else IfNotPresent; a digest pins the image. */
function pullPolicy(image: unknown): string | undefined {
  if (typeof image !== 'string' || image === '') return undefined;
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: Manifest): Manifest {
  const filled = withDefaults(probe, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  if (!isManifest(probe['httpGet'])) return filled;
  return { ...filled, httpGet: withDefaults(objectAt(probe, 'httpGet'), { path: '/', scheme: 'HTTP' }) };
}
