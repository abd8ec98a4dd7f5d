/**
 * The cost model that predictions are made by: the newest that `bench --kernel` has kept here, else the shipped one.
 */
import { listBenches } from '../archive/bench-catalogue.ts';
import { type CostModel, isCostModel } from './cost-model.ts';
import { SHIPPED_COST, SHIPPED_ON } from './shipped-cost.ts';

export interface KnownCost {
  readonly model: CostModel;
  /** Day on which it was measured: `2026-11-23`. */
  readonly day: string;
  /** It came with the program and was measured on another machine. */
  readonly shipped: boolean;
}

/** @param out the output folder, `.kubehop` by default */
export function knownCost(out: string): KnownCost {
  for (const { finishedAt, report } of listBenches(out).reverse()) {
    const { costModel, scale } = (report ?? {}) as { readonly costModel?: unknown; readonly scale?: unknown };
    // A quick one shows that it works; its line is no figure to go by.
    if (scale !== 'quick' && isCostModel(costModel))
      return { model: costModel, day: finishedAt.slice(0, 10), shipped: false };
  }
  return { model: SHIPPED_COST, day: SHIPPED_ON, shipped: true };
}
