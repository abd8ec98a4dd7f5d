/**
 * Charts as SVG, drawn without a library: races over sizes as lines on two logarithmic axes, single races as bars. What
 * a chart shows also stands in the table beside it.
 */
import { formatRate } from './figure-text.ts';
import type { Race } from './race.ts';

const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = { left: 76, right: 150, top: 16, bottom: 44 };
/** Told apart by people who see no red or no green. @see M. Okabe, K. Ito, "Color universal design" (2008) */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#777777'];

export function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** @param races with a size, that differ in nothing else */
export function lineChart(races: readonly Race[]): string {
  const points = races.flatMap(({ size, results }) => results.map((result) => ({ x: size!.count, ...result })));
  const xs = points.map(({ x }) => x);
  const x = axis(Math.min(...xs), Math.max(...xs), MARGIN.left, WIDTH - MARGIN.right);
  const y = axis(
    Math.min(...points.map(({ rates }) => rates.low)),
    Math.max(...points.map(({ rates }) => rates.high)),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const names = [...new Set(points.map(({ name }) => name))];
  const ends = spreadOut(names.map((name) => y.at(points.filter((point) => point.name === name).at(-1)!.rate)));
  const series = names.map((name, i) => {
    const own = points.filter((point) => point.name === name);
    const colour = COLOURS[i % COLOURS.length]!;
    const path = own.map((point, j) => `${j === 0 ? 'M' : 'L'}${at(x.at(point.x))} ${at(y.at(point.rate))}`).join('');
    const marks = own.map((point) => {
      const bar = `<path d="M${at(x.at(point.x))} ${at(y.at(point.rates.low))}V${at(y.at(point.rates.high))}"/>`;
      const tip = `${name}: ${formatRate(point.rate)}/s at ${point.x.toLocaleString('en')}`;
      return `${bar}<circle cx="${at(x.at(point.x))}" cy="${at(y.at(point.rate))}" r="3.5" fill="${colour}"><title>${escapeText(tip)}</title></circle>`;
    });
    const label = `<text x="${WIDTH - MARGIN.right + 10}" y="${at(ends[i]! + 4)}" fill="${colour}" stroke="none">${escapeText(name)}</text>`;
    return `<g stroke="${colour}" fill="none"><path d="${path}" stroke-width="2"/>${marks.join('')}${label}</g>`;
  });
  const { unit, size } = races[0]!;
  return drawn(
    races[0]!.title,
    HEIGHT,
    `${grid(x, y)}${axisTitle(size!.of)}<text x="14" y="${HEIGHT / 2}" transform="rotate(-90 14 ${HEIGHT / 2})" text-anchor="middle">${escapeText(unit)}/s</text>${series.join('')}`,
  );
}

const BAR = 26;

/** A race as bars, the longest being the fastest; the range of the rounds as a line in each. */
export function barChart(race: Race): string {
  const most = Math.max(...race.results.map(({ rates }) => rates.high));
  const left = 190;
  const scale = (rate: number): number => left + ((WIDTH - left - 110) * rate) / most;
  const rows = race.results.map(({ name, rate, rates }, i) => {
    const top = 6 + i * BAR;
    const middle = top + BAR / 2 - 3;
    return [
      `<text x="${left - 8}" y="${middle + 4}" text-anchor="end">${escapeText(name)}</text>`,
      `<rect x="${left}" y="${top}" width="${at(Math.max(1, scale(rate) - left))}" height="${BAR - 6}" fill="${COLOURS[i % COLOURS.length]}"/>`,
      `<path class="range" d="M${at(scale(rates.low))} ${middle}H${at(scale(rates.high))}"/>`,
      `<text x="${at(scale(Math.max(rate, rates.high)) + 8)}" y="${middle + 4}">${formatRate(rate)}/s</text>`,
    ].join('');
  });
  return drawn(race.title, 12 + race.results.length * BAR, rows.join(''));
}

interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** A logarithmic axis from the power of ten below to that above. @param from, to where it lies */
function axis(low: number, high: number, from: number, to: number): Axis {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  return { at: (value) => from + ((to - from) * (Math.log10(value) - first)) / (last - first), ticks };
}

function grid(x: Axis, y: Axis): string {
  const [top, bottom, left, right] = [MARGIN.top, HEIGHT - MARGIN.bottom, MARGIN.left, WIDTH - MARGIN.right];
  const columns = x.ticks.map(
    (tick) =>
      `<path class="grid" d="M${at(x.at(tick))} ${top}V${bottom}"/><text x="${at(x.at(tick))}" y="${bottom + 18}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
  );
  const rows = y.ticks.map(
    (tick) =>
      `<path class="grid" d="M${left} ${at(y.at(tick))}H${right}"/><text x="${left - 8}" y="${at(y.at(tick) + 4)}" text-anchor="end">${tickText(tick)}</text>`,
  );
  return [...columns, ...rows].join('');
}

function tickText(tick: number): string {
  if (tick >= 1e6) return `${tick / 1e6} M`;
  return tick >= 1e3 ? `${tick / 1e3} k` : String(tick);
}

function axisTitle(text: string): string {
  const middle = (MARGIN.left + WIDTH - MARGIN.right) / 2;
  return `<text x="${middle}" y="${HEIGHT - 8}" text-anchor="middle">${escapeText(text)}</text>`;
}

/** Moves labels apart that would stand on one another. */
function spreadOut(places: readonly number[]): number[] {
  const least = 14;
  const order = places.map((place, i) => ({ place, i })).sort((a, b) => a.place - b.place);
  for (let k = 1; k < order.length; k++) order[k]!.place = Math.max(order[k]!.place, order[k - 1]!.place + least);
  const moved: number[] = [];
  for (const { place, i } of order) moved[i] = place;
  return moved;
}

const at = (value: number): string => value.toFixed(1);

function drawn(title: string, height: number, inside: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(title)}">${inside}</svg>`;
}
