/**
 * What becomes of a packet that a rule matches. Numeric kinds, one flat record each; a target without semantics in
 * the model is kept as text.
 */
import type { Family } from '../address.ts';

export const TargetKind = {
  /** No `-j`: the rule only counts. */
  None: 0,
  Accept: 1,
  Drop: 2,
  Return: 3,
  Jump: 4,
  Goto: 5,
  Reject: 6,
  Mark: 7,
  Connmark: 8,
  Dnat: 9,
  Snat: 10,
  Masquerade: 11,
  Redirect: 12,
  Notrack: 13,
  /** Leaves packet and verdict alone: LOG, NFLOG and their like. */
  Pass: 14,
  /** Changes something that the model doesn't have. */
  Unknown: 15,
  /** TCPMSS. */
  ClampMss: 16,
} as const;
export type TargetKind = (typeof TargetKind)[keyof typeof TargetKind];

export interface PlainTarget {
  readonly kind: 0 | 1 | 2 | 3;
  /** '', ACCEPT, DROP or RETURN. */
  readonly name: string;
}

export interface ChainTarget {
  readonly kind: 4 | 5;
  /** The user chain. */
  readonly name: string;
}

export interface RejectTarget {
  readonly kind: 6;
  readonly name: 'REJECT';
  /** As printed: `icmp-port-unreachable`, `tcp-reset`, ... */
  readonly with: string;
}

/** mark = (mark & ~mask) ^ value. @see net/netfilter/xt_mark.c mark_tg */
export interface MarkTarget {
  readonly kind: 7;
  readonly name: 'MARK';
  /** int32 */
  readonly value: number;
  readonly mask: number;
}

/** @see net/netfilter/xt_connmark.c connmark_tg_shift */
export interface ConnmarkTarget {
  readonly kind: 8;
  readonly name: 'CONNMARK';
  readonly mode: 'set' | 'save' | 'restore';
  /** `set` only: int32 */
  readonly value: number;
  readonly ctmask: number;
  /** `save` and `restore` only */
  readonly nfmask: number;
}

/** A range of addresses and ports to rewrite to. */
export interface NatTarget {
  readonly kind: 9 | 10 | 11 | 12;
  readonly name: 'DNAT' | 'SNAT' | 'MASQUERADE' | 'REDIRECT';
  readonly family: Family;
  /** Four int32 words each, or undefined where only ports are rewritten. */
  readonly minAddress: readonly number[] | undefined;
  readonly maxAddress: readonly number[] | undefined;
  /** 0-65535; 65536 in both: no port was given. */
  readonly minPort: number;
  readonly maxPort: number;
  /** First port of a shifted range (`10.0.0.1:80-90/5000`), else 0. */
  readonly basePort: number;
  readonly random: boolean;
  readonly randomFully: boolean;
  readonly persistent: boolean;
}

/** A target without fields that the model reads: its options as printed. */
export interface TextTarget {
  readonly kind: 13 | 14 | 15;
  readonly name: string;
  /** Starts with a blank unless empty. */
  readonly text: string;
}

/** Lowers the MSS option of a SYN; never raises it. @see net/netfilter/xt_TCPMSS.c */
export interface MssTarget {
  readonly kind: 16;
  readonly name: 'TCPMSS';
  readonly text: string;
  /** 0: what the way allows. */
  readonly mss: number;
}

export type Target =
  | PlainTarget
  | ChainTarget
  | RejectTarget
  | MarkTarget
  | ConnmarkTarget
  | NatTarget
  | TextTarget
  | MssTarget;

/** `minPort` and `maxPort` of a NAT target without ports. */
export const NO_PORT = 65536;
