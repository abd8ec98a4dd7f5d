/**
 * Objects of the kinds that keep pods, and questions about what became of them.
 */
import type { Pod } from '../../controllers/object/pod.ts';
import type { SmallRun } from './small-cluster.ts';

/** @param spec beside selector and template @param pod beside the containers */
export function workload(kind: string, name: string, spec: object = {}, pod: object = {}): object {
  return {
    apiVersion: kind.endsWith('Job') ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      ...(kind === 'Job' ? {} : { selector: { matchLabels: { app: name } } }),
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'nginx:1.25', ports: [{ containerPort: 80 }] }], ...pod },
      },
      ...spec,
    },
  };
}

/** All pods there are, by name. */
export function podsOf({ world }: SmallRun): readonly Pod[] {
  return world.cluster.store.view().list('Pod', 'default');
}

/** `web-0 Running`, in order of names; those on their way out with a `!`. */
export function podLines(run: SmallRun): readonly string[] {
  return podsOf(run).map(
    ({ metadata, status }) => `${metadata.name} ${status.phase}${metadata.deletionTimestamp === undefined ? '' : '!'}`,
  );
}

/** Images that end by themselves: `ok` with 0 after a second, `bad` with 1. */
export const ENDING = {
  ok: { startDelayNs: 0, readyDelayNs: 0, onTerm: 'exit', exitAfterNs: 1e9, exitCode: 0 },
  bad: { startDelayNs: 0, readyDelayNs: 0, onTerm: 'exit', exitAfterNs: 1e9, exitCode: 1 },
} as const;
