/**
 * Amounts of resources, read and summed for `describe node`.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go
 */

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `250m` is 0.25, `64Mi` 67,108,864; what is no quantity counts as 0. */
export function quantityValue(text: string | number | undefined): number {
  const match = /^([-+]?[0-9.]+)(n|u|m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(String(text ?? ''));
  return match === null ? 0 : Number(match[1]) * FACTORS[match[2] ?? '']!;
}

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
