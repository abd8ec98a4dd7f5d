/**
 * What the cluster's DNS servers watch. They have no keys: they answer out of what they were told.
 */
import type { Controller } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';

export const dnsWatcher: Controller = {
  kind: 'coredns',
  watches: ({ object: { kind } }) =>
    kind === 'Service' || kind === 'Namespace' || kind === 'EndpointSlice' || kind === 'Endpoints',
  keysOf: () => [],
  allKeys: () => [],
  reconcile: () => NOTHING_TO_DO,
};
