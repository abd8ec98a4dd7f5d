/**
 * Every controller that the model has.
 */
import { cronJobController } from './cron-job/cron-job-controller.ts';
import { daemonSetController } from './daemon-set/daemon-set-controller.ts';
import { deploymentController } from './deployment/deployment-controller.ts';
import { disruptionController } from './disruption/disruption-controller.ts';
import { endpointSliceController } from './endpoint-slice/endpoint-slice-controller.ts';
import { mirroringController } from './endpoint-slice/mirroring-controller.ts';
import { endpointsController } from './endpoints/endpoints-controller.ts';
import { garbageCollector } from './garbage-collector/garbage-collector.ts';
import { jobController } from './job/job-controller.ts';
import { kubeProxyWatcher } from './kube-proxy/watcher.ts';
import { kubelet } from './kubelet/kubelet.ts';
import { kubernetesServiceController } from './kubernetes-service/kubernetes-service-controller.ts';
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle-controller.ts';
import { replicaSetController, replicationController } from './replica-set/replica-set-controller.ts';
import { scheduler } from './scheduler/scheduler.ts';
import { dnsWatcher } from './service-dns/dns-watcher.ts';
import { statefulSetController } from './stateful-set/stateful-set-controller.ts';
import type { ControllerTable } from './watch.ts';

/** What watches the store, by the kind of component. */
export const CONTROLLERS: ControllerTable = {
  deployment: deploymentController,
  'replica-set': replicaSetController,
  scheduler,
  endpoints: endpointsController,
  'endpoint-slice': endpointSliceController,
  'endpoint-slice-mirroring': mirroringController,
  'garbage-collector': garbageCollector,
  'node-lifecycle': nodeLifecycleController,
  'kubernetes-service': kubernetesServiceController,
  'daemon-set': daemonSetController,
  'stateful-set': statefulSetController,
  'replication-controller': replicationController,
  job: jobController,
  'cron-job': cronJobController,
  kubelet,
  'kube-proxy': kubeProxyWatcher,
  coredns: dnsWatcher,
  disruption: disruptionController,
};
