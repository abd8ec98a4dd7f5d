/**
 * How frames leave a host for one interface at the far end: by which port and link, where they come out, and which
 * neighbour they are for. Remembered, not state: wiring and neighbours say it, and while `Network.generation` stands
 * they say the same.
 */
import type { Interface } from './interface.ts';
import type { Link } from './link.ts';
import type { Neighbour } from './neighbour.ts';

export interface Exit {
  readonly generation: number;
  /** Interface that packets are routed out by, and the one that frames are addressed to. */
  readonly device: number;
  readonly target: number;
  /** The same as `device`, or a port of it where that is a bridge. */
  readonly port: Interface;
  readonly link: Link;
  /** Interface at the far end of the link, 0: none. */
  readonly end: number;
  /** undefined where nobody was asked. */
  readonly neighbour: Neighbour | undefined;
}

/** Places, a power of two. */
const PLACES = 1 << 12;

export class ExitTable {
  readonly #places: (Exit | undefined)[] = new Array<Exit | undefined>(PLACES).fill(undefined);

  find(device: number, target: number, generation: number): Exit | undefined {
    const exit = this.#places[placeOf(device, target)];
    return exit !== undefined && exit.target === target && exit.device === device && exit.generation === generation
      ? exit
      : undefined;
  }

  keep(exit: Exit): Exit {
    this.#places[placeOf(exit.device, exit.target)] = exit;
    return exit;
  }
}

function placeOf(device: number, target: number): number {
  return (Math.imul(device, 0x9e3779b1) ^ Math.imul(target, 0x85ebca6b)) >>> 20;
}
