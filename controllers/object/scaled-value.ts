/**
 * Numbers of pods that may be given as a share: `3`, `25%`.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/util/intstr GetScaledValueFromIntOrPercent
 */

/** @param total what a share is of @param round Math.ceil or Math.floor, as the field has it */
export function scaledValue(value: number | string, total: number, round: (exact: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) * total) / 100);
}
