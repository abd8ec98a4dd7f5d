/**
 * `kubectl cordon` and `uncordon`.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/drain/cordon.go
 */
import { WriteVerb } from '../../controllers/command.ts';
import type { Node } from '../../controllers/object/node.ts';
import type { ClusterView } from './cluster-view.ts';
import { misuse, notFound } from './kubectl-error.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import type { Planned, PlanStep } from './write-plan.ts';

/** @throws {KubectlError} */
export function cordon(cluster: ClusterView, argv: readonly string[]): Planned {
  return { steps: nodesNamed(cluster, argv, {}, 'cordon').nodes.map((node) => marking(node, true)) };
}

/** @throws {KubectlError} */
export function uncordon(cluster: ClusterView, argv: readonly string[]): Planned {
  return { steps: nodesNamed(cluster, argv, {}, 'uncordon').nodes.map((node) => marking(node, false)) };
}

export function nodesNamed(cluster: ClusterView, argv: readonly string[], specs: OptionSpec, command: string) {
  const options = parseArguments(argv, specs, command);
  const names = options.words.map((word) => word.replace(/^nodes?\//, ''));
  if (names.length === 0) {
    throw misuse(`USAGE: ${command} NODE [flags]\nSee 'kubectl ${command} -h' for help and examples`);
  }
  const nodes = names.map((name) => {
    const node = cluster.view.get('Node', undefined, name);
    if (node === undefined) throw notFound(`nodes "${name}"`);
    return node;
  });
  return { nodes, options };
}

export function marking({ metadata, spec }: Node, unschedulable: boolean): PlanStep {
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  const already = (spec.unschedulable === true) === unschedulable ? 'already ' : '';
  const patch = { spec: { unschedulable: unschedulable ? true : null } };
  return {
    write: { verb: WriteVerb.Patch, body: { kind: 'Node', name: metadata.name, patch } },
    said(reply) {
      if (reply.result === 'refused') throw refusalError(reply);
      return `node/${metadata.name} ${already}${word}\n`;
    },
  };
}
