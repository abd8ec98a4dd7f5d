/**
 * How long the control plane takes, in virtual time. Each constant says what it rests on.
 */
import { MILLISECOND, MINUTE, SECOND } from '../core/time.ts';

/** Least time from a write to its delivery to a watcher. Rests on: model (etcd and the watch cache on one network). */
export const WATCH_DELAY_NS = 1 * MILLISECOND;

/** What the draw of a write may add to `WATCH_DELAY_NS`, each watcher its own share. Rests on: model. */
export const WATCH_JITTER_NS = 500_000;

/** Time of one pass of a controller over one key. Rests on: model. */
export const RECONCILE_NS = 100_000;

/** First back-off after a failed pass. @see client-go util/workqueue DefaultControllerRateLimiter */
export const BACKOFF_BASE_NS = 5 * MILLISECOND;

/** Longest back-off after failed passes. @see client-go util/workqueue DefaultControllerRateLimiter */
export const BACKOFF_MAX_NS = 1000 * SECOND;

/** Time in which the kubelet makes a sandbox with its network. Rests on: model (containerd with a local CNI). */
export const SANDBOX_NS = 500 * MILLISECOND;

/** Time from the sandbox to running containers when the image says nothing. Rests on: model (image on the node). */
export const CONTAINER_START_NS = 500 * MILLISECOND;

/** Time from a container's exit to the removed sandbox. Rests on: model. */
export const SANDBOX_REMOVAL_NS = 100 * MILLISECOND;

/** First back-off of a container that ended and is started again. @see kubernetes pkg/kubelet/kubelet.go backOffPeriod */
export const RESTART_BACKOFF_BASE_NS = 10 * SECOND;

/** Longest back-off of a container that ends again and again. @see kubernetes pkg/kubelet/kubelet.go MaxContainerBackOff */
export const RESTART_BACKOFF_MAX_NS = 5 * MINUTE;

/** A container that has not been started again for so long has its back-off forgotten. @see flowcontrol.Backoff hasExpired: twice the longest */
export const RESTART_BACKOFF_RESET_NS = 10 * MINUTE;

/** What a container is given at least between SIGTERM and SIGKILL. @see kubernetes pkg/kubelet/kuberuntime minimumGracePeriodInSeconds */
export const LEAST_GRACE_NS = 2 * SECOND;

/** How often a kubelet renews its node's lease. @see kubernetes pkg/kubelet/kubelet.go nodeLeaseRenewIntervalFraction */
export const LEASE_RENEWAL_NS = 10 * SECOND;

/** How often the node controller looks at the leases. @see kube-controller-manager --node-monitor-period */
export const NODE_MONITOR_NS = 5 * SECOND;

/** Time between two nodes that are given NoExecute taints. @see kube-controller-manager --node-eviction-rate 0.1 */
export const NODE_EVICTION_NS = 10 * SECOND;

/** Time after which a kubelet tries again to make a container that it could not configure. @see kubernetes pkg/kubelet/kubelet.go backOffPeriod */
export const CONFIG_RETRY_NS = 10 * SECOND;

/** Longest time that a pod without a place waits before it is tried again. @see kubernetes pkg/scheduler/internal/queue podMaxInUnschedulablePodsDuration */
export const UNSCHEDULABLE_RETRY_NS = 5 * MINUTE;

/** Time after which a kubelet tries again to make a sandbox that failed. Rests on: model (a pod's resync). */
export const SANDBOX_RETRY_NS = 15 * SECOND;
