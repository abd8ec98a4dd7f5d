/**
 * What the control plane draws for: the first word of each draw, 64 and above, so that no two uses share their luck.
 */
export const Purpose = {
  /** Spread of the watch deliveries of one write. Subject: revision. */
  WatchJitter: 64,
  /** An object's uid. Subject: its birth; index: word. */
  Uid: 65,
  /** The letters behind a generateName. Subject: its birth; index: letter. */
  NameSuffix: 66,
  /** Subject: the Service's birth; index: attempt. */
  ClusterIp: 67,
  /** Subject: the Service's birth; index: attempt. */
  NodePort: 68,
  /** Choice among nodes with the best score. Subject: the pod's key. */
  NodeTie: 69,
  /** Subject: revision or pod number; index: attempt. */
  PodIp: 70,
  /** Where within their periods the first probes of a pod fall. Subject: the pod's key. */
  ProbeJitter: 71,
  /** How late a kubelet renews its lease. Subject: component; index: second. */
  LeaseJitter: 72,
} as const;
