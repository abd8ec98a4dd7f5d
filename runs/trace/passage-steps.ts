/**
 * What one host did with one packet, as steps in the order of the kernel: the rules of each hook, the routing decision,
 * connection tracking, the neighbour, the link. Everything is read from the passage's event and, at its instant, from
 * the host that it names.
 */

import type { AnyPassage } from '../../net/event.ts';
import { NetEventKind, PassageState } from '../../net/event.ts';
import { HOOK_NAMES, Hook, TABLE_NAMES, TableId } from '../../net/netfilter/hook.ts';
import { printRule } from '../../net/netfilter/print.ts';
import type { Ruleset } from '../../net/netfilter/ruleset.ts';
import { CtState } from '../../net/netfilter/skb.ts';
import { TargetKind } from '../../net/netfilter/target.ts';
import type { Network } from '../../net/network.ts';
import { endSteps } from './passage-end.ts';
import { routeText } from './route-text.ts';
import type { RuleSources } from './rule-source.ts';
import { PassageSteps, type Step } from './step-list.ts';
import { type TableWalk, tableWalks } from './table-walk.ts';
import type { TraceStep } from './trace.ts';
import { tupleText } from './tuple-text.ts';

/**
 * The steps of one passage. Call it between the event's `evolve` and the next decision.
 * @param last the packet's last step before, if it has one
 */
export function passageSteps(
  net: Network,
  event: AnyPassage,
  sources: RuleSources,
  last: TraceStep | undefined,
): TraceStep[] {
  const passage = new PassageSteps(net, event);
  // It had waited for its neighbour, and in vain: all that stands before has been told.
  if (last?.step === 'wait' && last.host === passage.host.name) {
    endSteps(passage, []);
    return passage.steps;
  }
  const { host } = passage;
  const made = event.inInterface === 0;
  if (made) passage.say({ step: 'made', action: 'made' });
  else
    passage.say({
      step: 'arrived',
      action: 'arrived',
      ttl: last?.ttl ?? 0,
      detail: `on ${net.interface(event.inInterface).name}`,
    });
  const codes = event.path === 0 ? [] : host.paths.codes(event.path)!;
  const walks = tableWalks(host.ruleset, codes);
  const bridged = (event.state & PassageState.Bridged) !== 0;
  const { ruleset } = host;
  const walked = (hook: Hook) => walks.filter((walk) => walk.hook === hook);
  if (made) {
    passage.say({ step: 'route', action: 'routed', detail: routeText(net, host, event.beforeDestination) });
    hookSteps(passage, ruleset, Hook.Output, walked(Hook.Output), sources);
    if (passage.destination !== event.beforeDestination)
      passage.say({
        step: 'route',
        action: 'routed',
        detail: `${routeText(net, host, passage.destination)} (its destination has changed)`,
      });
  } else {
    hookSteps(passage, ruleset, Hook.Prerouting, walked(Hook.Prerouting), sources);
    if (isRouted(event, walks)) {
      const detail = bridged
        ? `bridged by ${net.interface(event.outInterface).name}`
        : routeText(net, host, passage.destination);
      passage.say({ step: 'route', action: bridged ? 'bridged' : 'routed', detail });
    }
    hookSteps(passage, ruleset, Hook.Input, walked(Hook.Input), sources);
    hookSteps(passage, ruleset, Hook.Forward, walked(Hook.Forward), sources);
  }
  hookSteps(passage, ruleset, Hook.Postrouting, walked(Hook.Postrouting), sources);
  entryStep(passage);
  endSteps(passage, codes);
  return passage.steps;
}

/** A packet that ended before or at the routing decision has none to show. */
function isRouted(event: AnyPassage, walks: readonly TableWalk[]): boolean {
  const ended = event.kind === NetEventKind.PacketDropped || event.kind === NetEventKind.PacketUnknown;
  if (!ended) return true;
  return event.outInterface !== 0 || walks.some(({ hook }) => hook !== Hook.Prerouting);
}

/** The side that a hook rewrites: the destination where a packet comes in, the source where it leaves. */
function sideOf(hook: Hook): 'source' | 'destination' | undefined {
  if (hook === Hook.Prerouting || hook === Hook.Output) return 'destination';
  return hook === Hook.Postrouting || hook === Hook.Input ? 'source' : undefined;
}

function hookSteps(
  passage: PassageSteps,
  ruleset: Ruleset,
  hook: Hook,
  walks: readonly TableWalk[],
  sources: RuleSources,
): void {
  for (const walk of walks) {
    const places = sources.ofWalk(passage.host.name, ruleset, walk);
    walk.rules.forEach((_, i) => {
      ruleStep(passage, ruleset, walk, i, places[i]);
    });
  }
  translationStep(passage, hook, walks);
}

function ruleStep(
  passage: PassageSteps,
  ruleset: Ruleset,
  walk: TableWalk,
  i: number,
  source: string | undefined,
): void {
  const { index, matched, examined, jumps } = walk.rules[i]!;
  const target = ruleset.rule(index)?.target;
  const step: Step = {
    step: 'rule',
    hook: HOOK_NAMES[walk.hook]!,
    table: TABLE_NAMES[walk.table]!,
    chain: ruleset.chainAt(index).name,
    rule: printRule(ruleset, index),
    ...(source === undefined ? {} : { source }),
    examined,
    jumps,
    action: !matched ? 'counted' : target === undefined ? ruleset.chainAt(index).policy! : target.name || 'counted',
  };
  const kind = target?.kind ?? TargetKind.None;
  if (matched && (kind === TargetKind.Dnat || kind === TargetKind.Redirect)) passage.rewrite(step, 'destination');
  else if (matched && (kind === TargetKind.Snat || kind === TargetKind.Masquerade)) passage.rewrite(step, 'source');
  else passage.say(step);
}

const TRANSLATING: readonly number[] = [TargetKind.Dnat, TargetKind.Redirect, TargetKind.Snat, TargetKind.Masquerade];

/** A translation that no rule of this packet did: the entry's word, or a source port that was taken. */
function translationStep(passage: PassageSteps, hook: Hook, walks: readonly TableWalk[]): void {
  const { event, host } = passage;
  const side = sideOf(hook);
  if (side === undefined || !passesHook(event, hook)) return;
  const rewritten = (event.state & (side === 'source' ? PassageState.Snat : PassageState.Dnat)) !== 0;
  if (!rewritten) return;
  const byRule = walks.some(({ table, rules }) => {
    const last = rules.at(-1);
    const kind = last === undefined ? TargetKind.None : (host.ruleset.rule(last.index)?.target.kind ?? 0);
    return table === TableId.Nat && TRANSLATING.includes(kind);
  });
  if (byRule) return;
  const known = event.entry !== 0 || (event.state & CtState.Related) !== 0;
  passage.rewrite(
    {
      step: 'conntrack',
      action: 'translated',
      hook: HOOK_NAMES[hook]!,
      detail: known
        ? `${side} as its connection's entry says`
        : 'source port changed: answers to the old one are taken',
    },
    side,
  );
}

function passesHook(event: AnyPassage, hook: Hook): boolean {
  const made = event.inInterface === 0;
  if (hook === Hook.Prerouting) return !made;
  if (hook === Hook.Output) return made;
  const taken = event.kind === NetEventKind.PacketDelivered || event.kind === NetEventKind.PacketRejected;
  return hook === Hook.Input ? taken && event.outInterface === 0 : event.outInterface !== 0;
}

const STATES: readonly (readonly [number, string])[] = [
  [CtState.Invalid, 'INVALID'],
  [CtState.Related, 'RELATED'],
  [CtState.Established, 'ESTABLISHED'],
  [CtState.New, 'NEW'],
  [CtState.Untracked, 'UNTRACKED'],
];

/** What connection tracking made of it. */
function entryStep(passage: PassageSteps): void {
  const { event, net } = passage;
  const state = STATES.find(([bit]) => (event.state & bit) !== 0)?.[1];
  if (state === undefined) return;
  const made = (event.state & PassageState.Confirm) !== 0;
  const direction = (event.state & PassageState.Reply) !== 0 ? ', reply direction' : '';
  const { header, source, destination, ports } = event;
  const protocol = header >>> 24;
  const answer = protocol === 1 ? ports : ((ports << 16) | (ports >>> 16)) >>> 0;
  passage.say({
    step: 'conntrack',
    action: made ? 'entry made' : event.entry === 0 ? state : 'entry followed',
    detail: made
      ? `${state}; answers will come as ${tupleText(net.addresses, protocol, destination, source, answer)}`
      : event.entry === 0
        ? state === 'RELATED'
          ? 'to the connection that it is about'
          : 'no entry'
        : `${state}${direction}`,
  });
}
