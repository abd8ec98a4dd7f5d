/**
 * What the admission of a pod adds: it stays for five minutes on a node that is not ready or can't be reached.
 * @see kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go
 */
import type { Pod, Toleration } from './pod.ts';

const TOLERATION_SECONDS = 300;
const KEYS: readonly string[] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

export function withDefaultTolerations(pod: Pod): Pod {
  const given = pod.spec.tolerations ?? [];
  const missing = KEYS.filter((key) => !given.some((one) => covers(one, key)));
  if (missing.length === 0) return pod;
  const added = missing.map(
    (key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS }),
  );
  return { ...pod, spec: { ...pod.spec, tolerations: [...given, ...added] } };
}

function covers({ key = '', effect }: Toleration, wanted: string): boolean {
  return (key === wanted || key === '') && (effect === undefined || effect === 'NoExecute');
}
