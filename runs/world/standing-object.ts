/**
 * What stands in every cluster before a run begins: the control plane's static pods, and kube-proxy as a DaemonSet with a
 * pod on each node, beside Calico's agent where that is the network. What is drawn for an object hangs on the object alone, so nobody else's luck depends on them.
 * @see kubernetes cmd/kubeadm/app/phases/addons/proxy/manifests.go
 */
import { generatedName, nameSuffix } from '../../controllers/allocate/pod-name.ts';
import { podTemplateHash } from '../../controllers/allocate/template-hash.ts';
import { BirthRegister, birthName, birthSubject, type Named } from '../../controllers/birth.ts';
import { daemonPod } from '../../controllers/daemon-set/daemon-pod.ts';
import { drawsBelow } from '../../controllers/draw-below.ts';
import { mirrorManifest } from '../../controllers/kubelet/static-pod.ts';
import type { DaemonSet } from '../../controllers/object/daemon-set.ts';
import { defaultObject } from '../../controllers/object/default.ts';
import { withDefaultTolerations } from '../../controllers/object/default-toleration.ts';
import type { KubeObject } from '../../controllers/object/kind.ts';
import type { Manifest } from '../../controllers/object/manifest.ts';
import { objectAt } from '../../controllers/object/manifest.ts';
import { generatedUid } from '../../controllers/object-uid.ts';
import { PinLedger, type Pins } from '../../controllers/pin.ts';
import { Purpose } from '../../controllers/purpose.ts';
import { timestampAt } from '../../controllers/timestamp.ts';
import type { Draw } from '../../core/decider.ts';
import { parseDuration } from '../../core/time.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { isGiven, SYSTEM_NAMESPACE, systemImage } from './control-plane.ts';

const PROXY = 'kube-proxy';
const PROXY_LABELS = { 'k8s-app': PROXY };
/** Before this release the DaemonSet tolerated critical add-ons' taint by name, too. */
const ANY_TAINT_MINOR = 20;

/** One scenario's standing objects in the making. */
class Furnisher {
  readonly objects: KubeObject[] = [];
  readonly #draw: Draw;
  readonly #pins: PinLedger;
  readonly #births = new BirthRegister();
  readonly #taken = new Set<number>();
  readonly #names = new Set<string>();
  readonly #minor: number;
  readonly #startSeconds: number;

  constructor(draw: Draw, pins: Pins, minor: number, startSeconds: number) {
    this.#draw = draw;
    this.#pins = new PinLedger(pins);
    this.#minor = minor;
    this.#startSeconds = startSeconds;
  }

  /** @param owner whose pin for pods the object may take */
  add(manifest: Manifest, owner = ''): KubeObject {
    const metadata = objectAt(manifest, 'metadata');
    const born = { kind: manifest['kind'], metadata } as unknown as Named;
    const subject = birthSubject(birthName(born), this.#births.made(birthName(born)));
    this.#births.created(born);
    const name =
      (metadata['name'] as string | undefined) ?? this.#name(String(metadata['generateName']), owner, subject);
    const named = { ...manifest, metadata: { ...metadata, name, uid: generatedUid(this.#draw, subject) } };
    const filled = defaultObject(manifest['kind'] as KubeObject['kind'], named, this.#minor);
    const object = this.#aged(filled.kind === 'Pod' ? withDefaultTolerations(filled) : filled);
    this.objects.push(object);
    return object;
  }

  /** With uid, version and age as they are pinned; without a pin it is as old as the run. */
  #aged(object: KubeObject): KubeObject {
    const { uid = object.metadata.uid, resourceVersion = '1', created = '0s' } = this.#pins.object(object) ?? {};
    const atNs = parseDuration(created);
    const creationTimestamp =
      atNs === undefined ? created.replace(/\.\d+(?=Z$)/, '') : timestampAt(this.#startSeconds, atNs);
    return { ...object, metadata: { ...object.metadata, uid, resourceVersion, creationTimestamp } } as KubeObject;
  }

  #name(base: string, owner: string, subject: number): string {
    const pin = this.#pins.nextPod(SYSTEM_NAMESPACE, [owner], this.#taken);
    if (pin >= 0) this.#taken.add(pin);
    const draw = drawsBelow(this.#draw, Purpose.NameSuffix, subject);
    let name = base + (this.#pins.pod(pin)?.suffix ?? nameSuffix(draw));
    while (this.#names.has(name)) name = generatedName(base, nameSuffix(draw));
    this.#names.add(name);
    return name;
  }
}

/** @param statics manifests of the first node's folder @param draw by the scenario's seed */
export function standingObjects(
  scenario: Scenario,
  statics: readonly Manifest[],
  draw: Draw,
  pins: Pins,
): readonly KubeObject[] {
  const { nodes, kubernetes, startMs } = scenario;
  const { minor } = kubernetes.profile;
  const [first] = nodes;
  if (first === undefined) return [];
  const all = new Furnisher(draw, pins, minor, Math.floor(startMs / 1000));
  for (const manifest of statics) all.add(mirrorManifest(manifest, first.name));
  const daemons = [...(kubernetes.profile.podIpam === 'calico' ? [calicoSet()] : []), proxySet(scenario)];
  for (const manifest of daemons) {
    const owner = String(objectAt(manifest, 'metadata')['name']);
    if (isGiven(scenario, 'DaemonSet', owner)) continue;
    const set = all.add({ ...manifest, status: daemonStatus(nodes.length) }) as DaemonSet;
    const hash = podTemplateHash(set.spec.template, 0, minor);
    for (const { name } of nodes) {
      const pod = daemonPod(set, hash, name);
      all.add({ ...pod, spec: { ...objectAt(pod, 'spec'), nodeName: name } }, owner);
    }
  }
  return all.objects;
}

function proxySet(scenario: Scenario): Manifest {
  const critical = { key: 'CriticalAddonsOnly', operator: 'Exists' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: PROXY, namespace: SYSTEM_NAMESPACE, labels: PROXY_LABELS, generation: 1 },
    spec: {
      selector: { matchLabels: PROXY_LABELS },
      template: {
        metadata: { labels: PROXY_LABELS },
        spec: {
          priorityClassName: 'system-node-critical',
          containers: [
            {
              name: PROXY,
              image: systemImage(scenario, PROXY),
              imagePullPolicy: 'IfNotPresent',
              command: [
                '/usr/local/bin/kube-proxy',
                '--config=/var/lib/kube-proxy/config.conf',
                '--hostname-override=$(NODE_NAME)',
              ],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } }],
              securityContext: { privileged: true },
            },
          ],
          hostNetwork: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          serviceAccountName: PROXY,
          tolerations: [
            ...(scenario.kubernetes.profile.minor < ANY_TAINT_MINOR ? [critical] : []),
            { operator: 'Exists' },
          ],
        },
      },
    },
  };
}

/** The agent that gives a node's pods their network, on the host's own. @see https://github.com/projectcalico/calico v3.9 manifests/calico.yaml */
function calicoSet(): Manifest {
  const labels = { 'k8s-app': 'calico-node' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace: SYSTEM_NAMESPACE, labels, generation: 1 },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'calico-node',
              image: 'calico/node:v3.9.5',
              resources: { requests: { cpu: '250m' } },
              securityContext: { privileged: true },
            },
          ],
          hostNetwork: true,
          nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
          serviceAccountName: 'calico-node',
          terminationGracePeriodSeconds: 0,
          tolerations: [
            { effect: 'NoSchedule', operator: 'Exists' },
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { effect: 'NoExecute', operator: 'Exists' },
          ],
        },
      },
    },
  };
}

function daemonStatus(nodes: number): Manifest {
  return {
    currentNumberScheduled: nodes,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes,
    numberReady: nodes,
    observedGeneration: 1,
    updatedNumberScheduled: nodes,
    numberAvailable: nodes,
  };
}
