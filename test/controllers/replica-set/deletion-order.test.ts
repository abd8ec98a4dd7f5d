/** Which pods go first. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Pod } from '../../../controllers/object/pod.ts';
import { deletionOrder } from '../../../controllers/replica-set/deletion-order.ts';
import { formatTimestamp } from '../../../controllers/timestamp.ts';

const test = suite('replica-set/deletion-order');
const NOW = 1_704_067_200;

interface Traits {
  readonly node?: string;
  readonly phase?: string;
  readonly readyFor?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly age?: number;
}

function pod(
  name: string,
  { node = 'n', phase = 'Running', readyFor = 100, cost, restarts = 0, age = 1000 }: Traits,
): Pod {
  const ready = readyFor >= 0;
  return {
    metadata: {
      name,
      creationTimestamp: formatTimestamp(NOW - age),
      ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: node === '' ? {} : { nodeName: node },
    status: {
      phase,
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          lastTransitionTime: formatTimestamp(NOW - Math.max(0, readyFor)),
        },
      ],
      containerStatuses: [{ restartCount: restarts }],
    },
  } as unknown as Pod;
}

function order(...pods: readonly Pod[]): string {
  return deletionOrder(pods, NOW)
    .map(({ metadata }) => metadata.name)
    .join(' ');
}

test('deletionOrder() asks one question after the other', () => {
  assert.is(order(pod('placed', {}), pod('unplaced', { node: '' })), 'unplaced placed');
  assert.is(order(pod('running', {}), pod('pending', { phase: 'Pending', readyFor: -1 })), 'pending running');
  assert.is(order(pod('ready', {}), pod('unready', { readyFor: -1 })), 'unready ready');
  assert.is(order(pod('dear', { cost: '10' }), pod('cheap', { cost: '-5' })), 'cheap dear');
  assert.is(order(pod('alone', { node: 'm' }), pod('a', {}), pod('b', {})), 'a b alone');
  assert.is(order(pod('long', { readyFor: 5000 }), pod('short', { readyFor: 50 })), 'short long');
  assert.is(order(pod('calm', {}), pod('restarted', { restarts: 3 })), 'restarted calm');
  assert.is(order(pod('old', { age: 2000 }), pod('young', { age: 10 })), 'young old');
});

test('deletionOrder() compares times of being ready by powers of ten only', () => {
  assert.is(order(pod('old', { readyFor: 99, age: 2000 }), pod('young', { readyFor: 11, age: 1000 })), 'young old');
  assert.is(order(pod('old', { readyFor: 11, age: 2000 }), pod('young', { readyFor: 99, age: 1000 })), 'young old');
});

test.run();
