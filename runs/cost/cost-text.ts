/**
 * A first packet's predicted cost, and what it is predicted by.
 */
import { grouped, shortDuration } from '../report/number-text.ts';
import { type Examined, predictedNs } from './cost-model.ts';
import type { KnownCost } from './known-cost.ts';

/**
 * `first packet: 5,021 rules examined ≈ +36us iptables-legacy, +104us iptables-nft`
 * @returns `undefined` where no rule was looked at
 */
export function costText(examined: Examined | undefined, { model }: KnownCost): string | undefined {
  if (examined === undefined || examined.rules === 0) return undefined;
  const each = model.costs.map((cost) => `+${shortDuration(predictedNs(cost, examined))} ${cost.backend}`);
  return `first packet: ${grouped(Math.round(examined.rules))} rules examined ≈ ${each.join(', ')}`;
}

/** `bench --kernel of 2026-11-23: AMD EPYC, Linux 6.18` */
export function costSource({ model, day, shipped }: KnownCost): string {
  const machine = `${model.cpu}, ${kernelName(model.kernel)}`;
  return shipped
    ? `shipped figures (${machine}, ${day}); bench --kernel takes your own`
    : `bench --kernel of ${day}: ${machine}`;
}

/** `Linux 6.18` for `linux 6.18.44-vendor`. */
function kernelName(kernel: string): string {
  const parts = /^linux (\d+\.\d+)/.exec(kernel);
  return parts === null ? kernel : `Linux ${parts[1]}`;
}
