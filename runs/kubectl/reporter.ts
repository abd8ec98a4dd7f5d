/**
 * The names under which the parts of a cluster report.
 */
import type { KeptNote } from '../../controllers/note.ts';

const REPORTERS: Readonly<Record<string, string>> = {
  scheduler: 'default-scheduler',
  deployment: 'deployment-controller',
  'replica-set': 'replicaset-controller',
  endpoints: 'endpoint-controller',
  'endpoint-slice': 'endpoint-slice-controller',
  'garbage-collector': 'garbage-collector-controller',
  'node-lifecycle': 'node-controller',
  'daemon-set': 'daemonset-controller',
  'stateful-set': 'statefulset-controller',
  job: 'job-controller',
};

/** Parts of one process that report under names of their own. */
const BY_REASON: Readonly<Record<string, string>> = { TaintManagerEviction: 'taint-eviction-controller' };

/** Who left a note, by the name that operators see. */
export function reporterOf({ source, reason }: KeptNote): string {
  const component = source.split('@')[0]!;
  return BY_REASON[reason] ?? REPORTERS[component] ?? component;
}
