/**
 * The cost model that comes with the program, for machines on which `bench --kernel` was never called. Measured by it, at
 * its usual scale, on a virtual machine (KVM) with two cores that others kept busy: `load` says how much. iptables 1.8.9.
 */
import type { CostModel } from './cost-model.ts';

/** Day on which it was measured. */
export const SHIPPED_ON = '2026-11-23';

export const SHIPPED_COST: CostModel = {
  cpu: 'AMD EPYC',
  kernel: 'linux 6.18.44',
  load: [28.6, 29.1],
  costs: [
    {
      backend: 'iptables-legacy',
      perRuleNs: { value: 6.473, low: 6.075, high: 7.119 },
      constantNs: { value: 4597, low: 3531, high: 5835 },
      fittedServices: [100, 1000, 10000],
      heldOutServices: [300, 3000],
      heldOutError: { median: 0.079, worst: 0.195 },
    },
    {
      backend: 'iptables-nft',
      perRuleNs: { value: 20.21, low: 18.87, high: 22.74 },
      constantNs: { value: 5442, low: 3634, high: 6361 },
      fittedServices: [100, 1000, 10000],
      heldOutServices: [300, 3000],
      heldOutError: { median: 0.156, worst: 0.318 },
    },
  ],
};
