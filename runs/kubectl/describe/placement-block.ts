/**
 * What a pod or a template says of where it may run, and of its volumes.
 */
import type { PodSpec, Toleration } from '../../../controllers/object/pod.ts';
import type { Description } from './description.ts';

interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

/** @param indent blanks before the titles */
export function describeVolumes(text: Description, volumes: readonly unknown[] | undefined, indent: string): void {
  if (volumes === undefined || volumes.length === 0) {
    text.line(0, `${indent}Volumes:`, '<none>');
    return;
  }
  text.line(0, `${indent}Volumes:`);
  for (const volume of volumes as readonly Volume[]) {
    text.line(1, `${indent === '' ? '' : ' '}${volume.name}:`);
    for (const cells of volumeLines(volume)) text.line(2, ...cells);
  }
}

function volumeLines(volume: Volume): readonly (readonly [string, string])[] {
  const source = (name: string): Readonly<Record<string, string | undefined>> | undefined =>
    volume[name] as Readonly<Record<string, string | undefined>> | undefined;
  const emptyDir = source('emptyDir');
  if (emptyDir !== undefined) {
    const type = "EmptyDir (a temporary directory that shares a pod's lifetime)";
    return [
      ['Type:', type],
      ['Medium:', emptyDir['medium'] ?? ''],
      ['SizeLimit:', emptyDir['sizeLimit'] ?? '<unset>'],
    ];
  }
  const hostPath = source('hostPath');
  if (hostPath !== undefined) {
    const type = 'HostPath (bare host directory volume)';
    return [
      ['Type:', type],
      ['Path:', hostPath['path'] ?? ''],
      ['HostPathType:', hostPath['type'] ?? ''],
    ];
  }
  const secret = source('secret');
  if (secret !== undefined) {
    const type = 'Secret (a volume populated by a Secret)';
    return [
      ['Type:', type],
      ['SecretName:', secret['secretName'] ?? ''],
      ['Optional:', String(secret['optional'] ?? false)],
    ];
  }
  const configMap = source('configMap');
  if (configMap !== undefined) {
    const type = 'ConfigMap (a volume populated by a ConfigMap)';
    return [
      ['Type:', type],
      ['Name:', configMap['name'] ?? ''],
      ['Optional:', String(configMap['optional'] ?? false)],
    ];
  }
  const claim = source('persistentVolumeClaim');
  if (claim === undefined) return [['<unknown>', '']];
  const type = 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)';
  return [
    ['Type:', type],
    ['ClaimName:', claim['claimName'] ?? ''],
    ['ReadOnly:', String(claim['readOnly'] ?? false)],
  ];
}

export function describePlacement(
  text: Description,
  { nodeSelector, tolerations = [] }: PodSpec,
  indent: string,
): void {
  text.labels(`${indent}Node-Selectors`, nodeSelector);
  const sorted = [...tolerations].sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : 1));
  text.items(`${indent}Tolerations`, sorted.map(tolerationText));
}

function tolerationText({ key = '', value = '', effect, operator, tolerationSeconds }: Toleration): string {
  let text = key + (value === '' ? '' : `=${value}`) + (effect === undefined ? '' : `:${effect}`);
  if (operator === 'Exists' && value === '') text += text === '' ? 'op=Exists' : ' op=Exists';
  return tolerationSeconds === undefined ? text : `${text} for ${tolerationSeconds}s`;
}
