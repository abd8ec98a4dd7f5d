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
  load: [24.8, 23.6],
  costs: [
    {
      backend: 'iptables-legacy',
      perRuleNs: { value: 5.962, low: 5.81, high: 6.109 },
      constantNs: { value: 4945, low: 4599, high: 5832 },
      fittedServices: [100, 1000, 10000],
      heldOutServices: [300, 3000],
      heldOutError: { median: 0.089, worst: 0.195 },
    },
    {
      backend: 'iptables-nft',
      perRuleNs: { value: 18.47, low: 18.2, high: 19.47 },
      constantNs: { value: 5207, low: 5031, high: 5891 },
      fittedServices: [100, 1000, 10000],
      heldOutServices: [300, 3000],
      heldOutError: { median: 0.012, worst: 0.067 },
    },
  ],
};
