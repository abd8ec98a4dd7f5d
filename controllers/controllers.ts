/**
 * Every controller that the model has.
 */
import { deploymentController } from './deployment/deployment-controller.ts';
import { endpointSliceController } from './endpoint-slice/endpoint-slice-controller.ts';
import { mirroringController } from './endpoint-slice/mirroring-controller.ts';
import { endpointsController } from './endpoints/endpoints-controller.ts';
import { garbageCollector } from './garbage-collector/garbage-collector.ts';
import { kubeProxyWatcher } from './kube-proxy/watcher.ts';
import { kubelet } from './kubelet/kubelet.ts';
import { kubernetesServiceController } from './kubernetes-service/kubernetes-service-controller.ts';
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle-controller.ts';
import { replicaSetController } from './replica-set/replica-set-controller.ts';
import { scheduler } from './scheduler/scheduler.ts';
import { dnsWatcher } from './service-dns/dns-watcher.ts';
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
  kubelet,
  'kube-proxy': kubeProxyWatcher,
  coredns: dnsWatcher,
};
