/**
 * What containers have written, as an observer of a simulation: their start, and of web servers each answer. It keeps what
 * a kubelet keeps: the lines of a container's present life and of the one before. A run without it keeps no logs.
 */

import type { Observable } from 'rxjs';
import { answersOf, nginxAnswers } from '../../controllers/cni/image-answers.ts';
import { type ClusterEvent, ClusterEventKind } from '../../controllers/event.ts';
import { podRefOf } from '../../controllers/kubelet/pod-worker.ts';
import type { PodSandbox } from '../../controllers/node-agent.ts';
import { imageNameOf } from '../../controllers/object/image-name.ts';
import type { Pod } from '../../controllers/object/pod.ts';
import { objectKey } from '../../controllers/object-key.ts';
import type { ClusterState } from '../../controllers/state.ts';
import { httpAnswer } from '../../net/answer.ts';
import { conntrackSettings } from '../../net/conntrack/settings.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../../net/event.ts';
import { parseRequest, textBytes } from '../../net/http.ts';
import { NGINX_DEFAULT } from '../../net/http-page.ts';
import type { Network } from '../../net/network.ts';
import { Answer } from '../../net/socket.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { corednsLog } from './coredns-log.ts';
import { kubeProxyLog } from './kube-proxy-log.ts';
import type { LogLine, Started } from './log-line.ts';
import { type Access, httpdAccess, nginxAccess, nginxPortTaken, nginxStart, whoamiStart } from './web-server-log.ts';

/** Lines of one life that are kept: a kubelet starts another file after ten mebibytes. */
const MOST_LINES = 100_000;

interface LoggedWorld {
  readonly net: Network;
  readonly cluster: ClusterState;
}

/** One life of a container. */
interface Life {
  readonly lines: LogLine[];
}

const ACCESS: Readonly<Record<string, (access: Access) => string>> = { nginx: nginxAccess, httpd: httpdAccess };

export class ContainerLogs {
  readonly #world: LoggedWorld;
  readonly #scenario: Scenario;
  /** By the pod's uid and the container's name, oldest first, two at most. */
  readonly #lives = new Map<string, Life[]>();

  constructor(world: LoggedWorld, scenario: Scenario, events: Observable<{ readonly kind: number }>) {
    this.#world = world;
    this.#scenario = scenario;
    for (const { workers } of world.cluster.kubelets.values())
      for (const { sandbox } of workers.values()) if (sandbox !== undefined) this.#start(sandbox, undefined, 0);
    events.subscribe((fact) => {
      const event = fact as ClusterEvent | NetEvent;
      if (event.kind === ClusterEventKind.ContainersStarted) {
        const { namespace, name, containers } = podRefOf(event);
        const worker = world.cluster.components[event.component]!.workers.get(objectKey(namespace, name));
        if (worker?.sandbox !== undefined) this.#start(worker.sandbox, containers, event.at);
      } else if (event.kind === NetEventKind.RequestAnswered) this.#answered(event);
    });
  }

  /**
   * The lines of a container's present life, or of the one before.
   * @returns `undefined` where it has had none
   */
  of(pod: Pod, container: string, previous: boolean): readonly LogLine[] | undefined {
    const lives = this.#lives.get(lifeKey(uidOf(this.#world.cluster, pod), container)) ?? [];
    return lives.at(previous ? -2 : -1)?.lines;
  }

  #start(sandbox: PodSandbox, names: readonly string[] | undefined, atNs: number): void {
    for (const { name, image, portTaken } of sandbox.containers) {
      if (names !== undefined && !names.includes(name)) continue;
      const key = lifeKey(sandbox.uid, name);
      const lines = [...this.#startLines(image, portTaken === true, this.#started(sandbox, atNs))];
      this.#lives.set(key, [...(this.#lives.get(key) ?? []).slice(-1), { lines }]);
    }
  }

  #started({ namespace, name }: PodSandbox, atNs: number): Started {
    const { cluster, net } = this.#world;
    const { profile } = this.#scenario.kubernetes;
    const nodeName = cluster.store.get('Pod', namespace, name)?.spec.nodeName ?? '';
    const node = cluster.config.nodes.find((one) => one.name === nodeName);
    const own = net.hostNamed(nodeName)?.sysctls.values.get('net.netfilter.nf_conntrack_max');
    const { cpu = '4' } = this.#scenario.nodes.find((one) => one.name === nodeName) ?? {};
    return {
      epochSeconds: this.#epoch(atNs),
      kubernetesVersion: profile.kubernetesVersion,
      minor: profile.minor,
      nodeIp: node?.ips[0] ?? '',
      processors: Math.max(1, Math.floor(Number(cpu) || 1)),
      conntrackMax: own ?? String(conntrackSettings().max),
    };
  }

  #startLines(image: string, portTaken: boolean, started: Started): readonly LogLine[] {
    switch (imageNameOf(image).name) {
      case 'kube-proxy':
        return kubeProxyLog(started);
      case 'coredns':
        return corednsLog(started);
      case 'whoami':
        return whoamiStart(started);
      case 'nginx': {
        const known = { nginx: nginxAnswers(this.#scenario.kubernetes.profile.nginxVersion) };
        const version = answersOf(image, known).nginxVersion ?? NGINX_DEFAULT;
        return portTaken ? nginxPortTaken(version, started) : nginxStart(version, started);
      }
      default:
        return [];
    }
  }

  /** A server has answered: the container whose port that is writes a line, if its program does. */
  #answered({ at, host, socket, flow, status }: NetEventOf<'RequestAnswered'>): void {
    const { net } = this.#world;
    const listener = net.sockets.get(socket)?.listener;
    const request = net.requests.get(flow);
    const asked = request === undefined ? undefined : parseRequest(request.text);
    if (listener === undefined || request === undefined || asked === undefined) return;
    const sandbox = this.#sandboxOn(host, listener.name);
    const served = sandbox?.containers.find(({ image, ports }) => {
      const declared = ports.some(({ containerPort }) => containerPort === listener.port);
      return declared || answersOf(image, {}).ports.some(({ port }) => port === listener.port);
    });
    const container = served ?? sandbox?.containers[0];
    const format = container === undefined ? undefined : ACCESS[imageNameOf(container.image).name];
    if (sandbox === undefined || container === undefined || format === undefined) return;
    const said = httpAnswer(
      net,
      status === listener.status ? listener : { ...listener, answers: Answer.Status, status },
      request,
      at,
    );
    const access: Access = {
      epochSeconds: this.#epoch(at),
      peer: net.addresses.text(request.seen),
      ...asked,
      status,
      bodyBytes: asked.method === 'HEAD' ? 0 : textBytes(said?.body ?? ''),
    };
    const life = this.#lives.get(lifeKey(sandbox.uid, container.name))?.at(-1);
    if (life === undefined) return;
    life.lines.push({ epochSeconds: access.epochSeconds, text: format(access) });
    if (life.lines.length > MOST_LINES) life.lines.splice(0, MOST_LINES / 2);
  }

  /** The pod of that name whose network a host is: its own, or its node's. */
  #sandboxOn(host: number, name: string): PodSandbox | undefined {
    const { net, cluster } = this.#world;
    const place = net.host(host);
    const node = place.role === 'pod' ? place.node : host;
    for (const component of cluster.kubelets.values()) {
      if (component.node?.host !== node) continue;
      for (const { sandbox } of component.workers.values()) {
        if (sandbox?.name !== name || sandbox.hostNetwork === (place.role === 'pod')) continue;
        if (place.role !== 'pod' || place.name === objectKey(sandbox.namespace, name)) return sandbox;
      }
    }
    return undefined;
  }

  #epoch(atNs: number): number {
    return this.#scenario.startMs / 1000 + atNs / 1e9;
  }
}

/** The uid by which its kubelet knows a pod: that of a static pod is not its mirror's. */
function uidOf({ kubelets }: ClusterState, { metadata, spec }: Pod): string {
  const worker = kubelets.get(spec.nodeName ?? '')?.workers.get(objectKey(metadata.namespace, metadata.name));
  return worker?.ref.uid ?? metadata.uid ?? '';
}

function lifeKey(uid: string, container: string): string {
  return `${uid} ${container}`;
}
