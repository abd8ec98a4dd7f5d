/**
 * Amounts of resources as Kubernetes writes them.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go
 */

export const QUANTITY_FACTORS: Readonly<Record<string, number>> = {
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
  return match === null ? 0 : Number(match[1]) * QUANTITY_FACTORS[match[2] ?? '']!;
}
