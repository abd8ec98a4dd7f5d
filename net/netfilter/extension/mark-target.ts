/**
 * MARK and CONNMARK: every spelling is a front of one operation, mark = (mark & ~mask) ^ value.
 * @see extensions/libxt_MARK.c, extensions/libxt_CONNMARK.c
 */
import { type ConnmarkTarget, type MarkTarget, TargetKind } from '../target.ts';
import { targetExtension } from './extension.ts';
import { hex, integerOf, type OptionSpec, type Options } from './options.ts';

const FRONTS: readonly OptionSpec[] = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark'].map((name) => ({
  name,
  words: 1,
}));

/** @returns undefined when none of the five was given */
function operation(options: Options): { value: number; mask: number } | undefined {
  const front = options.given.find((option) => FRONTS.some(({ name }) => name === option.spec.name))?.spec.name;
  if (front === undefined) return undefined;
  if (front === 'set-xmark') return options.masked(front);
  if (front === 'set-mark') {
    const { value, mask } = options.masked(front)!;
    return { value, mask: value | mask };
  }
  const bits = (integerOf(options.text(front)!, 0xffffffff) ?? options.bad(front)) | 0;
  if (front === 'and-mark') return { value: 0, mask: ~bits };
  return front === 'or-mark' ? { value: bits, mask: bits } : { value: bits, mask: 0 };
}

/** The shortest way to say it. @see extensions/libxt_MARK.c mark_tg_print */
function listOperation({ value, mask }: { readonly value: number; readonly mask: number }): string {
  if (value === 0) return `and ${hex(~mask)}`;
  if (value === mask) return `or ${hex(value)}`;
  if (mask === 0) return `xor ${hex(value)}`;
  if (mask === -1) return `set ${hex(value)}`;
  return `xset ${hex(value)}/${hex(mask)}`;
}

export const markTarget = targetExtension<MarkTarget>({
  name: 'MARK',
  options: FRONTS,
  parse: (options) => {
    const needed = 'MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required';
    return { kind: TargetKind.Mark, name: 'MARK', ...(operation(options) ?? options.fail(undefined, needed)) };
  },
  print: ({ value, mask }) => ` --set-xmark ${hex(value)}/${hex(mask)}`,
  list: (target) => `MARK ${listOperation(target)}`,
});

export const connmarkTarget = targetExtension<ConnmarkTarget>({
  name: 'CONNMARK',
  options: [
    ...FRONTS,
    { name: 'save-mark', words: 0 },
    { name: 'restore-mark', words: 0 },
    { name: 'nfmask', words: 1 },
    { name: 'ctmask', words: 1 },
    { name: 'mask', words: 1 },
  ],
  parse: (options) => {
    const set = operation(options);
    if (set !== undefined) {
      return {
        kind: TargetKind.Connmark,
        name: 'CONNMARK',
        mode: 'set',
        value: set.value,
        ctmask: set.mask,
        nfmask: -1,
      };
    }
    const mode = options.has('save-mark') ? 'save' : options.has('restore-mark') ? 'restore' : undefined;
    if (mode === undefined) return options.fail(undefined, 'CONNMARK target: No operation specified');
    const mask = options.integer('mask') ?? 0xffffffff;
    const nfmask = (options.integer('nfmask') ?? mask) | 0;
    const ctmask = (options.integer('ctmask') ?? mask) | 0;
    return { kind: TargetKind.Connmark, name: 'CONNMARK', mode, value: 0, ctmask, nfmask };
  },
  print: ({ mode, value, ctmask, nfmask }) =>
    mode === 'set'
      ? ` --set-xmark ${hex(value)}/${hex(ctmask)}`
      : ` --${mode}-mark --nfmask ${hex(nfmask)} --ctmask ${hex(ctmask)}`,
  list: ({ mode, value, ctmask, nfmask }) => {
    if (mode === 'set') return `CONNMARK ${listOperation({ value, mask: ctmask })}`;
    if (nfmask === -1 && ctmask === -1) return `CONNMARK ${mode}`;
    if (nfmask === ctmask) return `CONNMARK ${mode} mask ${hex(ctmask)}`;
    return mode === 'save'
      ? `CONNMARK save nfmask ${hex(nfmask)} ctmask ~${hex(ctmask)}`
      : `CONNMARK restore ctmask ${hex(ctmask)} nfmask ~${hex(nfmask)}`;
  },
});
