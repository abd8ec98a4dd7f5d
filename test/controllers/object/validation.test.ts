/** Every kind: defaults pass the checks, and faults are found. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { defaultObject } from '../../../controllers/object/default.ts';
import { groupKind, KINDS, type Kind, kindInfo, resourceName } from '../../../controllers/object/kind.ts';
import { formatSelector, matchesSelector } from '../../../controllers/object/label-selector.ts';
import type { Manifest } from '../../../controllers/object/manifest.ts';
import { validateObject, validateObjectUpdate } from '../../../controllers/object/validation.ts';

const test = suite('object/validation');

const CONTAINERS = { containers: [{ name: 'c', image: 'i' }] };
const WORKLOAD = {
  selector: { matchLabels: { app: 'x' } },
  template: { metadata: { labels: { app: 'x' } }, spec: CONTAINERS },
};
const JOB = { template: { spec: { ...CONTAINERS, restartPolicy: 'Never' } } };
const LEAST: { readonly [K in Kind]: Manifest } = {
  Namespace: {},
  Node: {},
  Pod: { spec: CONTAINERS },
  Service: { spec: { ports: [{ port: 80 }] } },
  Endpoints: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
  EndpointSlice: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] },
  ReplicaSet: { spec: WORKLOAD },
  Deployment: { spec: WORKLOAD },
  DaemonSet: { spec: WORKLOAD },
  StatefulSet: { spec: WORKLOAD },
  ReplicationController: { spec: { template: WORKLOAD.template } },
  Job: { spec: JOB },
  CronJob: { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: JOB } } },
  ConfigMap: {},
  Secret: {},
  PodDisruptionBudget: {},
};

function made(kind: Kind, manifest: Manifest = LEAST[kind], name = 'x') {
  const { apiVersion, namespaced } = kindInfo(kind)!;
  const metadata = namespaced ? { name, namespace: 'default' } : { name };
  return defaultObject(kind, { apiVersion, kind, metadata, ...manifest }, 34);
}

test('validateObject() takes the least object of each kind, and refuses each without a name', () => {
  for (const { kind } of KINDS) {
    assert.equal(validateObject(made(kind)), [], kind);
    assert.equal(
      validateObject(made(kind, LEAST[kind], '')),
      ['metadata.name: Required value: name or generateName is required'],
      kind,
    );
  }
});

test('validateObjectUpdate() takes each object as its own successor, and no other kind', () => {
  for (const { kind } of KINDS) assert.equal(validateObjectUpdate(made(kind), made(kind), 34), [], kind);
  assert.equal(validateObjectUpdate(made('Pod'), made('Service'), 34), [
    'kind: Invalid value: "Pod": field is immutable',
  ]);
  assert.equal(validateObjectUpdate(made('Service', LEAST.Service, 'y'), made('Service'), 34), [
    'metadata.name: Invalid value: "y": field is immutable',
  ]);
});

test('validateObject() knows addresses that no endpoint has', () => {
  assert.equal(validateObject(made('Endpoints', { subsets: [{ addresses: [{ ip: '169.254.1.1' }] }, {}] })), [
    'subsets[0].addresses[0].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    'subsets[1]: Required value: must specify `addresses` or `notReadyAddresses`',
  ]);
  assert.equal(
    validateObject(made('EndpointSlice', { addressType: 'IPv6', endpoints: [{ addresses: ['10.0.0.1'] }] })),
    ['endpoints[0].addresses[0]: Invalid value: "10.0.0.1": must be a valid IPv6 address'],
  );
});

test('validateObjectUpdate() keeps the pod network of a node and the family of a slice', () => {
  const node = (cidr: string) => made('Node', { spec: { podCIDRs: [cidr] } });
  assert.equal(validateObjectUpdate(node('10.1.0.0/24'), node('10.2.0.0/24'), 34), [
    'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
  ]);
  const six = made('EndpointSlice', { addressType: 'IPv6', endpoints: [] });
  assert.equal(validateObjectUpdate(six, made('EndpointSlice'), 34), [
    'addressType: Invalid value: "IPv6": field is immutable',
  ]);
});

test('a ConfigMap or Secret that is immutable keeps what it holds, in whatever order it is said', () => {
  const held = made('ConfigMap', { data: { a: '1', b: '2' }, binaryData: { c: 'AA==' }, immutable: true });
  const said = made('ConfigMap', { data: { b: '2', a: '1' }, binaryData: { c: 'AA==' }, immutable: true });
  assert.equal(validateObjectUpdate(said, held, 34), []);
  const text = 'field is immutable when `immutable` is set';
  assert.equal(validateObjectUpdate(made('ConfigMap', { data: { a: '1' } }), held, 34), [
    `immutable: Forbidden: ${text}`,
    `data: Forbidden: ${text}`,
    `binaryData: Forbidden: ${text}`,
  ]);
  const secret = made('Secret', { data: { a: 'MQ==' }, immutable: true });
  assert.equal(validateObjectUpdate(made('Secret', { data: { a: 'Mg==' }, immutable: true }), secret, 34), [
    `data: Forbidden: ${text}`,
  ]);
  assert.match(validateObject(made('ConfigMap', { binaryData: { 'no key': '' } }))[0]!, /^binaryData\[no key\]: /);
});

test('matchesSelector() and formatSelector() agree on what is selected', () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['b', 'a'] },
      { key: 'old', operator: 'DoesNotExist' },
      { key: 'env', operator: 'NotIn', values: ['test'] },
    ],
  } as const;
  assert.is(formatSelector(selector), 'app=web,env notin (test),!old,tier in (a,b)');
  assert.ok(matchesSelector(selector, { app: 'web', tier: 'a' }));
  assert.not.ok(matchesSelector(selector, { app: 'web', tier: 'a', old: '' }));
  assert.not.ok(matchesSelector(selector, { app: 'web', tier: 'a', env: 'test' }));
  assert.not.ok(matchesSelector(selector, { app: 'web' }));
  assert.is(formatSelector({}), '<none>');
});

test('resourceName() and groupKind() name a kind as errors do', () => {
  assert.is(resourceName(kindInfo('Deployment')!, 'web'), 'deployments.apps "web"');
  assert.is(resourceName(kindInfo('Service')!, 'web'), 'services "web"');
  assert.is(groupKind(kindInfo('EndpointSlice')!), 'EndpointSlice.discovery.k8s.io');
});

test.run();
