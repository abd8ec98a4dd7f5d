/**
 * What kubectl sees of a cluster at an instant.
 */
import type { ClusterConfig } from '../../controllers/config.ts';
import type { KeptNote } from '../../controllers/note.ts';
import type { ClusterState } from '../../controllers/state.ts';
import type { ObjectView } from '../../controllers/view.ts';
import type { ContainerLogs } from '../container-log/container-logs.ts';

export interface ClusterView {
  readonly view: ObjectView;
  readonly config: ClusterConfig;
  readonly notes: {
    about(kind: string, namespace: string, name: string): readonly KeptNote[];
    list(): readonly KeptNote[];
  };
  /** When each node's lease was renewed last, in ns; absent: nobody knows. */
  readonly leases?: ReadonlyMap<string, number>;
  /** What containers have written; absent: nobody has kept it. */
  readonly logs?: Pick<ContainerLogs, 'of'>;
  /** Wall clock, seconds since 1970. */
  readonly nowSeconds: number;
}

/** The cluster's newest state. @param nowNs since the start */
export function clusterViewOf(cluster: ClusterState, nowNs: number, logs?: ContainerLogs): ClusterView {
  return {
    ...(logs === undefined ? {} : { logs }),
    view: cluster.store.view(),
    config: cluster.config,
    notes: cluster.notes,
    leases: cluster.nodeHealth.leases,
    nowSeconds: cluster.config.startSeconds + nowNs / 1e9,
  };
}
