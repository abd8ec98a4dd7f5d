/**
 * Which fields each kind has, and of which Go type: what the API server's decoder knows. Parts that the model never
 * looks into are `any`: their own fields are not checked.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/
 */
import type { Kind } from './kind.ts';

/** `number` stands for resource quantities, which may be text. */
export type Scalar = 'string' | 'int32' | 'int64' | 'bool' | 'intOrString' | 'quantity' | 'any';

export interface Struct {
  /** Go's name of the type, as decoding errors print it. */
  readonly type: string;
  readonly fields: { readonly [field: string]: FieldType };
}

export type FieldType = Scalar | Struct | { readonly list: FieldType } | { readonly map: FieldType };

function struct(type: string, fields: Struct['fields']): Struct {
  return { type, fields };
}

/** Fields of one type, by names in one text. */
function each(type: FieldType, names: string): Struct['fields'] {
  return Object.fromEntries(names.split(' ').map((name) => [name, type]));
}

const STRINGS = { list: 'string' } as const;
const STRING_MAP = { map: 'string' } as const;
const QUANTITIES = { map: 'quantity' } as const;

const METADATA = struct('ObjectMeta', {
  ...each('string', 'name generateName namespace uid resourceVersion creationTimestamp deletionTimestamp selfLink'),
  ...each('int64', 'generation deletionGracePeriodSeconds'),
  labels: STRING_MAP,
  annotations: STRING_MAP,
  ownerReferences: {
    list: struct('OwnerReference', {
      ...each('string', 'apiVersion kind name uid'),
      ...each('bool', 'controller blockOwnerDeletion'),
    }),
  },
  finalizers: STRINGS,
  managedFields: 'any',
});

const CONDITIONS = { list: 'any' } as const;

const SELECTOR = struct('LabelSelector', {
  matchLabels: STRING_MAP,
  matchExpressions: {
    list: struct('LabelSelectorRequirement', { key: 'string', operator: 'string', values: STRINGS }),
  },
});

const SERVICE_SPEC = struct('ServiceSpec', {
  ...each(
    'string',
    'type clusterIP externalName externalTrafficPolicy internalTrafficPolicy ipFamilyPolicy loadBalancerClass loadBalancerIP sessionAffinity trafficDistribution ipFamily',
  ),
  ...each(STRINGS, 'clusterIPs externalIPs ipFamilies loadBalancerSourceRanges topologyKeys'),
  ...each('bool', 'allocateLoadBalancerNodePorts publishNotReadyAddresses'),
  healthCheckNodePort: 'int32',
  ports: {
    list: struct('ServicePort', {
      ...each('string', 'name protocol appProtocol'),
      ...each('int32', 'port nodePort'),
      targetPort: 'intOrString',
    }),
  },
  selector: STRING_MAP,
  sessionAffinityConfig: struct('SessionAffinityConfig', {
    clientIP: struct('ClientIPConfig', { timeoutSeconds: 'int32' }),
  }),
});

const PROBE = struct('Probe', {
  ...each('int32', 'initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold'),
  terminationGracePeriodSeconds: 'int64',
  httpGet: struct('HTTPGetAction', {
    ...each('string', 'path host scheme'),
    port: 'intOrString',
    httpHeaders: { list: struct('HTTPHeader', { name: 'string', value: 'string' }) },
  }),
  tcpSocket: struct('TCPSocketAction', { port: 'intOrString', host: 'string' }),
  exec: struct('ExecAction', { command: STRINGS }),
  grpc: struct('GRPCAction', { port: 'int32', service: 'string' }),
});

const CONTAINER = struct('Container', {
  ...each(
    'string',
    'name image imagePullPolicy workingDir terminationMessagePath terminationMessagePolicy restartPolicy',
  ),
  ...each(STRINGS, 'command args'),
  ...each('bool', 'stdin stdinOnce tty'),
  ...each(PROBE, 'livenessProbe readinessProbe startupProbe'),
  ...each('any', 'envFrom lifecycle resizePolicy restartPolicyRules securityContext volumeDevices volumeMounts'),
  ports: {
    list: struct('ContainerPort', {
      ...each('string', 'name protocol hostIP'),
      ...each('int32', 'containerPort hostPort'),
    }),
  },
  env: { list: struct('EnvVar', { name: 'string', value: 'string', valueFrom: 'any' }) },
  resources: struct('ResourceRequirements', { limits: QUANTITIES, requests: QUANTITIES, claims: 'any' }),
});

const POD_SPEC = struct('PodSpec', {
  ...each(
    'string',
    'restartPolicy dnsPolicy nodeName serviceAccountName serviceAccount hostname subdomain hostnameOverride schedulerName priorityClassName runtimeClassName preemptionPolicy',
  ),
  ...each('bool', 'automountServiceAccountToken hostNetwork hostPID hostIPC shareProcessNamespace setHostnameAsFQDN'),
  ...each('bool', 'enableServiceLinks hostUsers'),
  ...each('int64', 'terminationGracePeriodSeconds activeDeadlineSeconds'),
  ...each({ list: CONTAINER }, 'containers initContainers'),
  ...each('any', 'affinity ephemeralContainers hostAliases imagePullSecrets os overhead readinessGates resourceClaims'),
  ...each('any', 'resources schedulingGates securityContext topologySpreadConstraints volumes workloadRef'),
  priority: 'int32',
  nodeSelector: STRING_MAP,
  tolerations: {
    list: struct('Toleration', { ...each('string', 'key operator value effect'), tolerationSeconds: 'int64' }),
  },
  dnsConfig: struct('PodDNSConfig', {
    ...each(STRINGS, 'nameservers searches'),
    options: { list: struct('PodDNSConfigOption', { name: 'string', value: 'string' }) },
  }),
});

const TEMPLATE = struct('PodTemplateSpec', { metadata: METADATA, spec: POD_SPEC });

const JOB_SPEC = struct('JobSpec', {
  ...each(
    'int32',
    'parallelism completions backoffLimit backoffLimitPerIndex maxFailedIndexes ttlSecondsAfterFinished',
  ),
  activeDeadlineSeconds: 'int64',
  ...each('bool', 'manualSelector suspend'),
  ...each('string', 'completionMode podReplacementPolicy managedBy'),
  ...each('any', 'podFailurePolicy successPolicy'),
  selector: SELECTOR,
  template: TEMPLATE,
});

const OBJECT_REFERENCE = struct(
  'ObjectReference',
  each('string', 'kind namespace name uid apiVersion resourceVersion fieldPath'),
);
const ADDRESS = struct('EndpointAddress', { ...each('string', 'ip hostname nodeName'), targetRef: OBJECT_REFERENCE });
const PORT_FIELDS = { ...each('string', 'name protocol appProtocol'), port: 'int32' } as const;

function kind(type: Kind, fields: Struct['fields']): Struct {
  return struct(type, { apiVersion: 'string', kind: 'string', metadata: METADATA, ...fields });
}

/** What may stand in a manifest of each kind. */
export const FIELD_LISTS: { readonly [K in Kind]: Struct } = {
  Namespace: kind('Namespace', { spec: struct('NamespaceSpec', { finalizers: STRINGS }), status: 'any' }),
  Node: kind('Node', {
    spec: struct('NodeSpec', {
      ...each('string', 'podCIDR providerID externalID'),
      podCIDRs: STRINGS,
      unschedulable: 'bool',
      configSource: 'any',
      taints: { list: struct('Taint', each('string', 'key value effect timeAdded')) },
    }),
    status: 'any',
  }),
  Pod: kind('Pod', { spec: POD_SPEC, status: 'any' }),
  Service: kind('Service', {
    spec: SERVICE_SPEC,
    status: struct('ServiceStatus', { loadBalancer: 'any', conditions: CONDITIONS }),
  }),
  Endpoints: kind('Endpoints', {
    subsets: {
      list: struct('EndpointSubset', {
        ...each({ list: ADDRESS }, 'addresses notReadyAddresses'),
        ports: { list: struct('EndpointPort', PORT_FIELDS) },
      }),
    },
  }),
  EndpointSlice: kind('EndpointSlice', {
    addressType: 'string',
    endpoints: {
      list: struct('Endpoint', {
        ...each('string', 'hostname nodeName zone'),
        addresses: STRINGS,
        conditions: struct('EndpointConditions', each('bool', 'ready serving terminating')),
        ...each('any', 'hints'),
        ...each(STRING_MAP, 'deprecatedTopology topology'),
        targetRef: OBJECT_REFERENCE,
      }),
    },
    ports: { list: struct('EndpointPort', PORT_FIELDS) },
  }),
  ReplicaSet: kind('ReplicaSet', {
    spec: struct('ReplicaSetSpec', {
      ...each('int32', 'replicas minReadySeconds'),
      selector: SELECTOR,
      template: TEMPLATE,
    }),
    status: 'any',
  }),
  Deployment: kind('Deployment', {
    spec: struct('DeploymentSpec', {
      ...each('int32', 'replicas minReadySeconds revisionHistoryLimit progressDeadlineSeconds'),
      paused: 'bool',
      selector: SELECTOR,
      template: TEMPLATE,
      strategy: struct('DeploymentStrategy', {
        type: 'string',
        rollingUpdate: struct('RollingUpdateDeployment', each('intOrString', 'maxUnavailable maxSurge')),
      }),
    }),
    status: 'any',
  }),
  DaemonSet: kind('DaemonSet', {
    spec: struct('DaemonSetSpec', {
      ...each('int32', 'minReadySeconds revisionHistoryLimit'),
      selector: SELECTOR,
      template: TEMPLATE,
      updateStrategy: struct('DaemonSetUpdateStrategy', {
        type: 'string',
        rollingUpdate: struct('RollingUpdateDaemonSet', each('intOrString', 'maxUnavailable maxSurge')),
      }),
    }),
    status: 'any',
  }),
  StatefulSet: kind('StatefulSet', {
    spec: struct('StatefulSetSpec', {
      ...each('int32', 'replicas minReadySeconds revisionHistoryLimit'),
      ...each('string', 'serviceName podManagementPolicy'),
      selector: SELECTOR,
      template: TEMPLATE,
      ordinals: struct('StatefulSetOrdinals', { start: 'int32' }),
      volumeClaimTemplates: { list: 'any' },
      persistentVolumeClaimRetentionPolicy: 'any',
      updateStrategy: struct('StatefulSetUpdateStrategy', {
        type: 'string',
        rollingUpdate: struct('RollingUpdateStatefulSetStrategy', {
          partition: 'int32',
          maxUnavailable: 'intOrString',
        }),
      }),
    }),
    status: 'any',
  }),
  ReplicationController: kind('ReplicationController', {
    spec: struct('ReplicationControllerSpec', {
      ...each('int32', 'replicas minReadySeconds'),
      selector: STRING_MAP,
      template: TEMPLATE,
    }),
    status: 'any',
  }),
  Job: kind('Job', { spec: JOB_SPEC, status: 'any' }),
  CronJob: kind('CronJob', {
    spec: struct('CronJobSpec', {
      ...each('string', 'schedule timeZone concurrencyPolicy'),
      suspend: 'bool',
      startingDeadlineSeconds: 'int64',
      ...each('int32', 'successfulJobsHistoryLimit failedJobsHistoryLimit'),
      jobTemplate: struct('JobTemplateSpec', { metadata: METADATA, spec: JOB_SPEC }),
    }),
    status: 'any',
  }),
  ConfigMap: kind('ConfigMap', { data: STRING_MAP, binaryData: STRING_MAP, immutable: 'bool' }),
  Secret: kind('Secret', { data: STRING_MAP, stringData: STRING_MAP, type: 'string', immutable: 'bool' }),
  PodDisruptionBudget: kind('PodDisruptionBudget', {
    spec: struct('PodDisruptionBudgetSpec', {
      ...each('intOrString', 'minAvailable maxUnavailable'),
      unhealthyPodEvictionPolicy: 'string',
      selector: SELECTOR,
    }),
    status: 'any',
  }),
};
