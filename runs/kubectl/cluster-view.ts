/**
 * What kubectl sees of a cluster at an instant.
 */
import type { ClusterConfig } from '../../controllers/config.ts';
import type { KeptNote } from '../../controllers/note.ts';
import type { ClusterState } from '../../controllers/state.ts';
import type { ObjectView } from '../../controllers/view.ts';

export interface ClusterView {
  readonly view: ObjectView;
  readonly config: ClusterConfig;
  readonly notes: {
    about(kind: string, namespace: string, name: string): readonly KeptNote[];
    list(): readonly KeptNote[];
  };
  /** When each node's lease was renewed last, in ns; absent: nobody knows. */
  readonly leases?: ReadonlyMap<string, number>;
  /** Wall clock, seconds since 1970. */
  readonly nowSeconds: number;
}

/** The cluster's newest state. @param nowNs since the start */
export function clusterViewOf(cluster: ClusterState, nowNs: number): ClusterView {
  return {
    view: cluster.store.view(),
    config: cluster.config,
    notes: cluster.notes,
    leases: cluster.nodeHealth.leases,
    nowSeconds: cluster.config.startSeconds + nowNs / 1e9,
  };
}
