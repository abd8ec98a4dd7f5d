/**
 * Flags that the real kubectl has and the model doesn't: they are said to be so, rather than denied or passed over.
 * @see https://kubernetes.io/docs/reference/kubectl/generated/
 */

/** Of every subcommand. */
const GLOBAL =
  'as as-group as-uid cache-dir certificate-authority client-certificate client-key cluster disable-compression ' +
  'insecure-skip-tls-verify log-flush-frequency match-server-version password profile profile-output s:server ' +
  'tls-server-name token user username vmodule warnings-as-errors';

const PRINT = 'allow-missing-template-keys o:output show-managed-fields template';
const FILES = 'f:filename k:kustomize R:recursive';
const SEND = `${PRINT} dry-run field-manager save-config validate`;
const MARK = `${PRINT} ${FILES} A:all-namespaces dry-run field-manager field-selector list local resource-version l:selector all`;
const ROLL = `${PRINT} ${FILES} field-manager l:selector`;

/** A letter stands before the name where there is one. */
const BY_COMMAND: Readonly<Record<string, string>> = {
  get: `${PRINT} ${FILES} chunk-size output-watch-events raw server-print subresource w:watch watch-only`,
  describe: `${FILES} A:all-namespaces chunk-size l:selector show-events`,
  expose: `${SEND} ${FILES} cluster-ip external-ip l:labels load-balancer-ip override-type overrides selector session-affinity`,
  create: `${SEND} ${FILES} edit raw l:selector windows-line-endings`,
  'create deployment': SEND,
  'create service clusterip': SEND,
  'create service nodeport': SEND,
  'create service loadbalancer': SEND,
  'create service externalname': `${SEND} tcp`,
  'create namespace': SEND,
  'create job': `${SEND} from`,
  'create configmap': `${SEND} append-hash from-env-file from-file`,
  'create secret generic': `${SEND} append-hash from-env-file from-file type`,
  scale: `${PRINT} ${FILES} dry-run resource-version timeout`,
  delete: `${FILES} A:all-namespaces all cascade dry-run field-selector force grace-period i:interactive now o:output raw l:selector timeout wait`,
  apply: `${SEND} k:kustomize all cascade force force-conflicts grace-period openapi-patch overwrite prune prune-allowlist l:selector server-side subresource timeout wait`,
  label: MARK,
  annotate: MARK,
  logs: 'all-containers all-pods f:follow ignore-errors insecure-skip-tls-verify-backend limit-bytes prefix p:previous l:selector since since-time timestamps',
  events: `${PRINT} chunk-size w:watch`,
  cordon: 'dry-run l:selector',
  uncordon: 'dry-run l:selector',
  drain: 'chunk-size dry-run pod-selector l:selector skip-wait-for-delete-timeout',
  'rollout restart': ROLL,
  'rollout status': `${FILES} l:selector revision w:watch`,
  'rollout history': `${ROLL} revision`,
  'rollout undo': `${ROLL} dry-run`,
  'rollout pause': ROLL,
  'rollout resume': ROLL,
  patch: `${PRINT} ${FILES} dry-run field-manager local patch-file subresource`,
  'set image': `${PRINT} ${FILES} dry-run field-manager local`,
  wait: `${PRINT} ${FILES} A:all-namespaces field-selector local l:selector`,
  run: `${SEND} ${FILES} annotations cascade expose force grace-period image-pull-policy leave-stdin-open override-type pod-running-timeout privileged q:quiet timeout wait`,
  exec: 'f:filename',
};

/**
 * @param given `watch` or, of one letter, `w`
 * @returns `--watch`, or `undefined` where the real subcommand has no such flag either
 */
export function unmodelledFlag(subcommand: string, given: string): string | undefined {
  for (const entry of `${BY_COMMAND[subcommand] ?? ''} ${GLOBAL}`.split(' ')) {
    const [letter, name = letter] = entry.split(':');
    if (given !== '' && (given === name || (entry.includes(':') && given === letter))) return `--${name}`;
  }
  return undefined;
}
