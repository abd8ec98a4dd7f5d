/**
 * curl's progress meter as it stands at the end of a transfer. Each of its states overwrites the last by a carriage
 * return; those between the first and the last depend on curl's own timers and are left out.
 */

const HEAD = `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
`;
const IDLE = '\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0';

export interface MeterState {
  readonly elapsedNs: number;
  readonly receivedBytes: number;
}

/** @param states after the first one, in which nothing has come yet; none: the meter as it begins */
export function meterText(states: readonly MeterState[]): string {
  if (states.length === 0) return HEAD + IDLE;
  return `${states.map(stateText).join('')}\n`;
}

function stateText({ elapsedNs, receivedBytes }: MeterState): string {
  const seconds = Math.floor(elapsedNs / 1e9);
  const spent = seconds === 0 ? '--:--:--' : clock(seconds);
  const speed = elapsedNs === 0 ? 0 : Math.floor((receivedBytes * 1e9) / elapsedNs);
  const size = amount(receivedBytes);
  const share = receivedBytes === 0 ? '  0' : '100';
  return `\r${share} ${size}  ${share} ${size}    0     0 ${amount(speed, 6)}      0 --:--:-- ${spent} --:--:-- ${amount(speed)}`;
}

function clock(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`.padStart(8);
}

/** Five digits, or fewer with a unit. */
function amount(value: number, width = 5): string {
  const text =
    value < 100_000
      ? String(value)
      : value < 10_000 * 1024
        ? `${Math.floor(value / 1024)}k`
        : `${Math.floor(value / 2 ** 20)}M`;
  return text.padStart(width);
}
