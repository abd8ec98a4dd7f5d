/**
 * What a first packet costs on a real kernel, by the number of rules that it looks at: a straight line for each way to
 * load iptables rules, as `bench --kernel` measures and fits it.
 */

export const BACKENDS = ['iptables-legacy', 'iptables-nft'] as const;
/** Whose tables hold the rules: x_tables of old, or nf_tables behind the same commands. */
export type Backend = (typeof BACKENDS)[number];

/** A figure with the range in which 95 of 100 fits lie that are made of the same rounds, drawn anew. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface RuleCost {
  readonly backend: Backend;
  readonly perRuleNs: Estimate;
  /** What tracking and translating cost on one host, however few rules there are. */
  readonly constantNs: Estimate;
  /** Numbers of services that the line was fitted to, and those that it was tried on. */
  readonly fittedServices: readonly number[];
  readonly heldOutServices: readonly number[];
  /** How far the line was off where it was tried, without its sign, as a share of what was measured there. */
  readonly heldOutError: { readonly median: number; readonly worst: number };
}

export interface CostModel {
  readonly cpu: string;
  /** Name and release: `linux 6.1.0`. */
  readonly kernel: string;
  /** Load average of a minute, before and after. */
  readonly load: readonly [before: number, after: number];
  readonly costs: readonly RuleCost[];
}

/** What a first packet looks at on its way. */
export interface Examined {
  /** Rules and policies, all tables of all hosts. */
  readonly rules: number;
  /** Hosts on which there were any. */
  readonly hosts: number;
}

/** What rules add to a first packet's way, in ns. */
export function predictedNs({ perRuleNs, constantNs }: RuleCost, { rules, hosts }: Examined): number {
  return rules * perRuleNs.value + hosts * constantNs.value;
}

/** Whether a value that was read from a file is a cost model. */
export function isCostModel(value: unknown): value is CostModel {
  const model = value as Partial<CostModel> | null | undefined;
  const isEstimate = (estimate: Partial<Estimate> | undefined): boolean =>
    [estimate?.value, estimate?.low, estimate?.high].every((number) => Number.isFinite(number));
  return (
    typeof model?.cpu === 'string' &&
    typeof model.kernel === 'string' &&
    Array.isArray(model.costs) &&
    model.costs.length > 0 &&
    (model.costs as Partial<RuleCost>[]).every(
      ({ backend, perRuleNs, constantNs }) =>
        BACKENDS.includes(backend as Backend) && isEstimate(perRuleNs) && isEstimate(constantNs),
    )
  );
}
