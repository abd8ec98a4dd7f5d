/**
 * `spec.timeline`: what happens at an instant of the run: a command, objects applied, a fault.
 */
import { z } from 'zod';
import { duration, hostName, share, text, WANTED } from './field.ts';
import { origin } from './traffic.ts';

const STATES = ['up', 'down', 'partitioned', 'crash', 'hang', 'running', 'stopped'] as const;
type State = (typeof STATES)[number];

/** Components that can be stopped; those marked may name one node: `kube-proxy@node1`. */
export const COMPONENTS: Readonly<Record<string, { readonly perNode: boolean }>> = {
  'kube-proxy': { perNode: true },
  kubelet: { perNode: true },
  endpoints: { perNode: false },
  'endpoint-slice': { perNode: false },
  'endpoint-slice-mirroring': { perNode: false },
  'daemon-set': { perNode: false },
  'stateful-set': { perNode: false },
  'replication-controller': { perNode: false },
  job: { perNode: false },
  'cron-job': { perNode: false },
  'api-server': { perNode: false },
  scheduler: { perNode: false },
  deployment: { perNode: false },
  'replica-set': { perNode: false },
  'node-lifecycle': { perNode: false },
  'controller-manager': { perNode: false },
  coredns: { perNode: false },
};

const drop = z
  .strictObject({ from: text, to: text, flags: text.optional(), count: z.int().min(1).default(1) })
  .transform(({ flags, ...rest }) => ({ ...rest, flags: flags?.split('+') ?? [] }));

export type Fault =
  | { readonly type: 'node'; readonly node: string; readonly state: 'up' | 'down' | 'partitioned' }
  | {
      readonly type: 'link';
      readonly between: readonly [string, string];
      readonly state: 'up' | 'down' | undefined;
      readonly loss: number | undefined;
      readonly delayNs: number | undefined;
    }
  | {
      readonly type: 'drop';
      readonly from: string;
      readonly to: string;
      readonly flags: readonly string[];
      readonly count: number;
    }
  | {
      readonly type: 'pod';
      readonly namespace: string;
      readonly pod: string;
      readonly state: 'crash' | 'hang' | 'running';
    }
  | {
      readonly type: 'component';
      readonly component: string;
      readonly node: string | undefined;
      readonly state: 'stopped' | 'running';
    }
  | { readonly type: 'member'; readonly balancer: string; readonly member: string; readonly state: 'up' | 'down' };

const FAULTS = ['node', 'link', 'drop', 'pod', 'component', 'member'] as const;

/** The states that each fault has. */
const STATES_OF: Readonly<Record<(typeof FAULTS)[number], readonly State[]>> = {
  node: ['down', 'up', 'partitioned'],
  link: ['down', 'up'],
  drop: [],
  pod: ['crash', 'hang', 'running'],
  component: ['stopped', 'running'],
  member: ['down', 'up'],
};

const fault = z
  .strictObject({
    node: hostName.optional(),
    link: z.tuple([hostName, hostName]).optional(),
    drop: drop.optional(),
    pod: text.optional(),
    component: text.optional(),
    member: text.optional(),
    state: z.enum(STATES).optional(),
    loss: share.optional(),
    delay: duration.optional(),
  })
  .transform((input, context): Fault => {
    const wrong = (message: string, path: string[] = []) => {
      context.addIssue({ code: 'custom', message: WANTED + message, path });
      return z.NEVER;
    };
    const types = FAULTS.filter((type) => input[type] !== undefined);
    const [type] = types;
    if (type === undefined || types.length > 1) return wrong(`exactly one of ${FAULTS.join(', ')}`);
    const { state, loss, delay } = input;
    const states = STATES_OF[type];
    if (
      type === 'link'
        ? state === undefined && loss === undefined && delay === undefined
        : states.length > 0 && state === undefined
    ) {
      return wrong(type === 'link' ? 'one of state, loss, delay' : `state: one of ${states.join(', ')}`);
    }
    if (state !== undefined && !states.includes(state))
      return wrong(`one of ${states.join(', ') || '(none)'} for ${type}`, ['state']);
    if (type !== 'link' && loss !== undefined) return wrong('loss only for link', ['loss']);
    if (type !== 'link' && delay !== undefined) return wrong('delay only for link', ['delay']);
    if (type === 'node') return { type, node: input.node!, state: state as 'up' };
    if (type === 'link') return { type, between: input.link!, state: state as 'up' | undefined, loss, delayNs: delay };
    if (type === 'drop') return { type, ...input.drop! };
    if (type === 'pod') {
      const parts = input.pod!.replace(/^pod\//, '').split('/');
      return { type, namespace: parts.length > 1 ? parts[0]! : 'default', pod: parts.at(-1)!, state: state as 'crash' };
    }
    if (type === 'component') {
      const [component, node] = input.component!.split('@') as [string, string | undefined];
      return { type, component, node, state: state as 'stopped' };
    }
    const [balancer, member, more] = input.member!.split('/');
    if (member === undefined || more !== undefined) return wrong('BALANCER/MEMBER', ['member']);
    return { type, balancer: balancer!, member, state: state as 'up' };
  });

const ACTIONS = ['kubectl', 'apply', 'objects', 'fault', 'run'] as const;

export const timelineEntry = z
  .strictObject({
    name: text.optional(),
    at: duration,
    kubectl: text.optional(),
    apply: text.optional(),
    /** Objects of the FILEs by name, held back until then, or whole ones. */
    objects: z
      .array(z.union([text, z.record(z.string(), z.unknown())]))
      .min(1)
      .optional(),
    fault: fault.optional(),
    on: origin.optional(),
    run: text.optional(),
  })
  .transform(({ at, kubectl, apply, objects, on, run, fault: wrong, name }, context) => {
    const given = [kubectl, apply, objects, wrong, run].filter((action) => action !== undefined);
    if (given.length !== 1) {
      context.addIssue({ code: 'custom', message: `${WANTED}exactly one of ${ACTIONS.join(', ')}` });
      return z.NEVER;
    }
    if (on !== undefined && run === undefined) {
      context.addIssue({ code: 'custom', message: `${WANTED}run: what ${on.type}/${on.name} is to run`, path: ['on'] });
      return z.NEVER;
    }
    return { name, atNs: at, kubectl, apply, objects, fault: wrong, on, run };
  });

export type TimelineEntry = z.output<typeof timelineEntry>;
