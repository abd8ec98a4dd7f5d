/** Deployments, ReplicaSets and pods: defaults and refusals. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Deployment } from '../../../controllers/object/deployment.ts';
import type { Manifest } from '../../../controllers/object/manifest.ts';
import type { Pod } from '../../../controllers/object/pod.ts';
import { defaultPod } from '../../../controllers/object/pod-defaults.ts';
import { validatePod, validatePodUpdate } from '../../../controllers/object/pod-validation.ts';
import { defaultDeployment } from '../../../controllers/object/workload-defaults.ts';
import { validateDeployment, validateWorkloadUpdate } from '../../../controllers/object/workload-validation.ts';

const test = suite('object/workload-validation');

const TEMPLATE = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };

function deployment(spec: Manifest): Deployment {
  const metadata = { name: 'web', namespace: 'default' };
  return defaultDeployment({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
}

function pod(spec: Manifest): Pod {
  return defaultPod({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec });
}

test('defaultDeployment() rolls a quarter at a time and keeps ten revisions', () => {
  const { spec } = deployment({ selector: { matchLabels: { app: 'web' } }, template: TEMPLATE });
  assert.is(spec.replicas, 1);
  assert.equal(spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } });
  assert.equal([spec.revisionHistoryLimit, spec.progressDeadlineSeconds], [10, 600]);
  assert.equal(
    [spec.template.spec.restartPolicy, spec.template.spec.dnsPolicy, spec.template.spec.terminationGracePeriodSeconds],
    ['Always', 'ClusterFirst', 30],
  );
  assert.equal(validateDeployment(deployment({ selector: { matchLabels: { app: 'web' } }, template: TEMPLATE })), []);
});

test('validateDeployment() wants a selector that selects its own pods', () => {
  assert.equal(validateDeployment(deployment({ selector: { matchLabels: { app: 'shop' } }, template: TEMPLATE })), [
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ]);
  assert.equal(validateDeployment(deployment({ template: TEMPLATE })), [
    'spec.selector: Required value',
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ]);
  assert.equal(validateDeployment(deployment({ selector: {}, template: TEMPLATE })), [
    'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
  ]);
});

test('validateDeployment() checks numbers and shares', () => {
  const selector = { matchLabels: { app: 'web' } };
  const refused = (spec: Manifest) => validateDeployment(deployment({ selector, template: TEMPLATE, ...spec }));
  assert.equal(refused({ replicas: -1 }), ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']);
  assert.equal(refused({ strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } } }), [
    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
  ]);
  assert.equal(refused({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }), [
    "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
  ]);
  assert.equal(refused({ template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } } }), [
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ]);
});

test('validateWorkloadUpdate() keeps the selector as it is', () => {
  const before = deployment({ selector: { matchLabels: { app: 'web' } }, template: TEMPLATE });
  const other = { metadata: { labels: { app: 'shop' } }, spec: TEMPLATE.spec };
  const after = deployment({ selector: { matchLabels: { app: 'shop' } }, template: other });
  assert.equal(validateWorkloadUpdate(after, before), [
    'spec.selector: Invalid value: {"matchLabels":{"app":"shop"}}: field is immutable',
  ]);
  assert.equal(validateWorkloadUpdate({ ...before, spec: { ...before.spec, replicas: 3 } }, before), []);
});

test('defaultPod() pulls latest always, and gives host network containers their host port', () => {
  const policies = ['nginx', 'nginx:latest', 'nginx:1.27', 'r.example.org:5000/nginx', 'nginx@sha256:ab'].map(
    (image) => pod({ containers: [{ name: 'c', image }] }).spec.containers[0]?.imagePullPolicy,
  );
  assert.equal(policies, ['Always', 'Always', 'IfNotPresent', 'Always', 'IfNotPresent']);
  const { spec } = pod({ hostNetwork: true, containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] });
  assert.equal(spec.containers[0]?.ports, [{ containerPort: 80, protocol: 'TCP', hostPort: 80 }]);
});

test('validatePod() says what a container lacks', () => {
  assert.equal(validatePod(pod({})), ['spec.containers: Required value']);
  assert.equal(
    validatePod(pod({ containers: [{ name: 'c' }, { name: 'c', image: 'i', ports: [{ containerPort: 0 }] }] })),
    [
      'spec.containers[0].image: Required value',
      'spec.containers[1].name: Duplicate value: "c"',
      'spec.containers[1].ports[0].containerPort: Required value',
    ],
  );
  assert.equal(
    validatePod(
      pod({
        containers: [
          {
            name: 'c',
            image: 'i',
            ports: [
              { name: 'http', containerPort: 80 },
              { name: 'http', containerPort: 81 },
            ],
          },
        ],
      }),
    ),
    ['spec.containers[0].ports[1].name: Duplicate value: "http"'],
  );
  assert.equal(validatePod(pod({ containers: [{ name: 'c', image: 'i', readinessProbe: { periodSeconds: 5 } }] })), [
    'spec.containers[0].readinessProbe: Required value: must specify a handler type',
  ]);
});

test('validatePodUpdate() lets the image change and nothing else of the containers', () => {
  const before = pod({ containers: [{ name: 'c', image: 'nginx:1' }] });
  assert.equal(
    validatePodUpdate(pod({ containers: [{ image: 'nginx:2', name: 'c', imagePullPolicy: 'IfNotPresent' }] }), before),
    [],
  );
  const [error] = validatePodUpdate(pod({ containers: [{ name: 'c', image: 'nginx:1', args: ['x'] }] }), before);
  assert.match(
    error!,
    /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`/,
  );
});

test.run();
