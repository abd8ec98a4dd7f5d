/**
 * Pod, and the parts of its specification that say how it is reached, started and probed. Parts without a bearing on the
 * network are kept as they came.
 */
import type { Condition, ObjectMeta, StringMap } from './metadata.ts';
import { isConditionTrue } from './metadata.ts';
import type { Protocol } from './service.ts';

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol: Protocol;
  readonly hostPort?: number;
  readonly hostIP?: string;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

export interface Probe {
  readonly httpGet?: {
    readonly path?: string;
    readonly port: number | string;
    readonly host?: string;
    readonly scheme?: string;
    readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
  };
  readonly tcpSocket?: { readonly port: number | string; readonly host?: string };
  readonly exec?: { readonly command?: readonly string[] };
  readonly grpc?: { readonly port: number; readonly service?: string };
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds: number;
  readonly periodSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly ports?: readonly ContainerPort[];
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly unknown[];
  readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly restartPolicy?: string;
  readonly lifecycle?: unknown;
  readonly securityContext?: unknown;
  readonly volumeMounts?: readonly unknown[];
  readonly terminationMessagePath?: string;
  readonly terminationMessagePolicy?: string;
}

/** Quantities as written: `250m`, `64Mi`, 2. */
export type ResourceList = Readonly<Record<string, string | number>>;

export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly tolerationSeconds?: number;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly nodeName?: string;
  readonly nodeSelector?: StringMap;
  readonly affinity?: unknown;
  readonly tolerations?: readonly Toleration[];
  readonly topologySpreadConstraints?: readonly unknown[];
  readonly hostNetwork?: boolean;
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly hostAliases?: readonly unknown[];
  readonly dnsPolicy: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  readonly dnsConfig?: {
    readonly nameservers?: readonly string[];
    readonly searches?: readonly string[];
    readonly options?: readonly { readonly name: string; readonly value?: string }[];
  };
  /** Set in pods; a template leaves it out. */
  readonly enableServiceLinks?: boolean;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  readonly terminationGracePeriodSeconds: number;
  readonly readinessGates?: readonly { readonly conditionType: string }[];
  readonly schedulerName?: string;
  readonly serviceAccountName?: string;
  readonly securityContext?: unknown;
  readonly volumes?: readonly unknown[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly startedAt?: string;
      readonly finishedAt?: string;
    };
  };
  readonly lastState?: ContainerStatus['state'];
}

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

export interface PodStatus {
  readonly phase: PodPhase;
  readonly conditions?: readonly Condition[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly hostIP?: string;
  readonly startTime?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly qosClass?: string;
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly nominatedNodeName?: string;
}

export interface Pod {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

/** What a controller stamps pods from. */
export interface PodTemplate {
  readonly metadata: Omit<ObjectMeta, 'name'> & { readonly name?: string };
  readonly spec: PodSpec;
}

export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod.status.conditions, 'Ready');
}

/** Succeeded or Failed: its containers have ended for good. */
export function isPodTerminal(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** Set on the API server's picture of a static pod. @see kubernetes pkg/kubelet/types/pod_update.go */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** The API server's picture of a static pod, which a kubelet runs from a file: nothing comes of deleting it. */
export function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}
