/**
 * Sums of resources as `describe node` prints them.
 */
import { QUANTITY_FACTORS as FACTORS } from '../../controllers/object/quantity.ts';

/** `250m`, `2`. */
export function formatCores(cores: number): string {
  const milli = Math.ceil(Math.round(cores * 1e6) / 1e3);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

/** `64Mi`: the largest binary unit that divides it. */
export function formatBytes(bytes: number): string {
  if (bytes === 0) return '0';
  const unit = (['Ti', 'Gi', 'Mi', 'Ki'] as const).find((name) => bytes % FACTORS[name]! === 0);
  return unit === undefined ? String(bytes) : `${bytes / FACTORS[unit]!}${unit}`;
}
