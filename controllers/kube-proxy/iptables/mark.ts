/**
 * The packet mark that asks for masquerading.
 */

/** Value and mask as iptables-save prints them: `0x4000/0x4000` for bit 14. */
export function markText(bit: number): string {
  const value = `0x${(2 ** bit).toString(16)}`;
  return `${value}/${value}`;
}

/**
 * One value as kube-proxy writes it: Go's `%#08x` pads the digits alone, `0x00004000`.
 * @see https://pkg.go.dev/fmt
 */
export function paddedMark(bit: number): string {
  return `0x${(2 ** bit).toString(16).padStart(8, '0')}`;
}
