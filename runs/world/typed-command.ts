/**
 * A command line of the timeline, as the commands it comes to: what an operator types to change the cluster or a
 * host's rules. What it says follows from the state at its instant; answers that come later are events of their own.
 */
import { ClusterCommandKind } from '../../controllers/command.ts';
import { NetCommandKind } from '../../net/command.ts';
import type { Host } from '../../net/host.ts';
import { edit } from '../../net/netfilter/edit.ts';
import { splitWords } from '../../net/netfilter/word.ts';
import { clusterViewOf } from '../kubectl/cluster-view.ts';
import { kubectl } from '../kubectl/kubectl.ts';
import { isPlan } from '../kubectl/write-plan.ts';
import type { Action } from './action.ts';
import type { World } from './world.ts';

/** @param host where it is typed; `kubectl` needs none */
export function commandsOfLine(world: World, host: Host | undefined, line: string, at: number): Action {
  const [name = '', ...words] = splitWords(line.trim()).map(({ text }) => text);
  if (name === 'kubectl') return kubectlAction(world, words, at);
  if (name === 'iptables' && host !== undefined) return iptablesAction(host, words, at);
  if (name === 'sysctl' && host !== undefined) return sysctlAction(host, words, at);
  return { commands: [], exitCode: 127, text: `${name}: not to be had in a timeline\n` };
}

/** `sysctl -w NAME=VALUE …`; `-w` may be left out, as with the real tool. */
function sysctlAction(host: Host, words: readonly string[], at: number): Action {
  const settings = words.filter((word) => word.includes('='));
  return {
    commands: settings.map((text) => ({ kind: NetCommandKind.SetSysctl, at, host: host.id, text })),
    exitCode: settings.length > 0 ? 0 : 1,
    text: settings.map((setting) => `${setting.replace('=', ' = ')}\n`).join(''),
  };
}

function kubectlAction({ cluster }: World, words: readonly string[], at: number): Action {
  const planned = kubectl(clusterViewOf(cluster, at), words);
  if (!isPlan(planned)) return { commands: [], exitCode: planned.exitCode, text: planned.stdout + planned.stderr };
  const { steps, stdout = '', stderr = '', errors = [] } = planned;
  const text = JSON.stringify(steps.map(({ write }) => write));
  return {
    commands: steps.length === 0 ? [] : [{ kind: ClusterCommandKind.WriteObjects, at, text }],
    exitCode: errors[0]?.exitCode ?? 0,
    text: stdout + stderr + errors.map((error) => `${error.text}\n`).join(''),
  };
}

function iptablesAction(host: Host, words: readonly string[], at: number): Action {
  const { ruleset, counters } = host;
  const result = edit({ ruleset, counters }, words);
  const changes = result.exitCode === 0 && result.stdout === '';
  return {
    commands: changes ? [{ kind: NetCommandKind.EditRules, at, host: host.id, text: JSON.stringify(words) }] : [],
    exitCode: result.exitCode,
    text: result.stdout + result.stderr,
  };
}
