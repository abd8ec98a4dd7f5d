/**
 * What a kube-proxy watches. It has no keys: its runner decides when all is written.
 */
import type { Controller } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';

export const kubeProxyWatcher: Controller = {
  kind: 'kube-proxy',
  watches: ({ object }, { node, runner }) =>
    object.kind === 'Service' ||
    object.kind === runner?.reads ||
    (object.kind === 'Node' && object.metadata.name === node?.name),
  keysOf: () => [],
  allKeys: () => [],
  reconcile: () => NOTHING_TO_DO,
};
