/**
 * REJECT: answers instead of forwarding.
 * @see net/ipv4/netfilter/ipt_REJECT.c, extensions/libipt_REJECT.c, extensions/libip6t_REJECT.c
 */
import { Hook } from '../hook.ts';
import { type RejectTarget, TargetKind } from '../target.ts';
import { targetExtension } from './extension.ts';

/** Names and short forms. */
const WITH: readonly (readonly [name: string, alias: string])[] = [
  ['icmp-net-unreachable', 'net-unreach'],
  ['icmp-host-unreachable', 'host-unreach'],
  ['icmp-proto-unreachable', 'proto-unreach'],
  ['icmp-port-unreachable', 'port-unreach'],
  ['icmp-net-prohibited', 'net-prohib'],
  ['icmp-host-prohibited', 'host-prohib'],
  ['tcp-reset', 'tcp-rst'],
  ['icmp-admin-prohibited', 'admin-prohib'],
];

const WITH6: readonly (readonly [name: string, alias: string])[] = [
  ['icmp6-no-route', 'no-route'],
  ['icmp6-adm-prohibited', 'adm-prohibited'],
  ['icmp6-addr-unreachable', 'addr-unreach'],
  ['icmp6-port-unreachable', 'port-unreach'],
  ['tcp-reset', 'tcp-reset'],
  ['icmp6-policy-fail', 'policy-fail'],
  ['icmp6-reject-route', 'reject-route'],
];

export const rejectTarget = targetExtension<RejectTarget>({
  name: 'REJECT',
  options: [{ name: 'reject-with', words: 1 }],
  tables: ['filter'],
  hooks: (1 << Hook.Input) | (1 << Hook.Forward) | (1 << Hook.Output),
  parse: (options, head) => {
    const text = (options.text('reject-with') ?? 'port-unreach').toLowerCase();
    const found = (head.family === 4 ? WITH : WITH6).find(
      ([name, alias]) => name.startsWith(text) || alias.startsWith(text),
    );
    if (found === undefined) return options.fail('reject-with', `unknown reject type "${text}"`);
    if (found[0] === 'tcp-reset' && (head.protocol !== 6 || head.protocolInverted)) {
      options.fail('reject-with', "REJECT: tcp-reset needs `-p tcp'");
    }
    return { kind: TargetKind.Reject, name: 'REJECT', with: found[0] };
  },
  print: (target) => ` --reject-with ${target.with}`,
  list: (target) => `reject-with ${target.with}`,
});
