/**
 * A command line of the timeline, as the commands it comes to: what changes the cluster or a host's rules.
 */
import { ClusterCommandKind, WriteVerb } from '../../controllers/command.ts';
import { NetCommandKind } from '../../net/command.ts';
import type { Host } from '../../net/host.ts';
import type { Action } from './action.ts';
import type { World } from './world.ts';

export function commandsOfLine(_world: World, host: Host | undefined, line: string, at: number): Action {
  const words = line.trim().split(/\s+/);
  if (words[0] === 'iptables' && host !== undefined) {
    return {
      commands: [{ kind: NetCommandKind.EditRules, at, host: host.id, text: JSON.stringify(words.slice(1)) }],
      exitCode: 0,
      text: '',
    };
  }
  if (words[0] === 'kubectl' && words[1] === 'scale') {
    const name = words[2]!.split('/').at(-1)!;
    const replicas = Number(/--replicas=(\d+)/.exec(line)![1]);
    const text = JSON.stringify({ kind: 'Deployment', namespace: 'default', name, replicas });
    return {
      commands: [{ kind: ClusterCommandKind.WriteObject, at, verb: WriteVerb.Scale, text }],
      exitCode: 0,
      text: '',
    };
  }
  return { commands: [], exitCode: 127, text: `${words[0]}: command not found` };
}
