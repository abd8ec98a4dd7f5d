/**
 * The chance of a balancing rule: one in the number of endpoints from it on.
 */

const texts: Record<5 | 10, string[]> = { 5: [''], 10: [''] };

/**
 * 1/n as kube-proxy writes it. The kernel keeps it as a multiple of 2^-31, so what iptables-save shows differs.
 * @param n at least 1
 * @param digits 5 up to 1.16, 10 since
 */
export function probabilityText(n: number, digits: 5 | 10): string {
  const known = texts[digits];
  for (let i = known.length; i <= n; i++) known.push((1 / i).toFixed(digits));
  return known[n] as string;
}
