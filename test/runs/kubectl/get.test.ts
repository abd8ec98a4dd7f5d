/**
 * kubectl get: tables, wide tables and other forms.
 * @evidence published: What kubectl and iproute2 print
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Pod } from '../../../controllers/object/pod.ts';
import { get } from '../../../runs/kubectl/get.ts';
import { sortedBy } from '../../../runs/kubectl/sort-by.ts';
import { podReason } from '../../../runs/kubectl/table/pod-table.ts';
import { read, sampleView, typed } from './sample.ts';

const test = suite('kubectl/get');

test('get pods tells since when a pod was restarted, where the server says it', () => {
  assert.is(
    read('get pods'),
    `NAME        READY   STATUS    RESTARTS      AGE
bare        0/1     Pending   0             60m
web-abc-1   1/1     Running   2 (60m ago)   60m
web-abc-2   1/1     Running   2 (60m ago)   60m
`,
  );
  assert.match(read('get pods web-abc-1', 16), 'web-abc-1   1/1     Running   2          60m');
});

test('get services shows the outside as each type has it', () => {
  assert.is(
    read('get svc -o wide'),
    `NAME       TYPE           CLUSTER-IP   EXTERNAL-IP             PORT(S)                     AGE   SELECTOR
ext        ExternalName   <none>       www.example.com         <none>                      60m   <none>
headless   ClusterIP      None         <none>                  <none>                      60m   app=none
lb         LoadBalancer   10.96.0.8    203.0.113.9,192.0.2.4   5678:30005/TCP              60m   <none>
web        NodePort       10.96.0.7    <none>                  80:30001/TCP,53:30002/UDP   60m   app=web
`,
  );
});

test('get endpoints, slices, workloads, nodes and namespaces have their columns', () => {
  assert.is(
    read('get ep'),
    `NAME   ENDPOINTS                                              AGE
web    10.244.0.2:80,10.244.0.3:80,10.244.0.2:9 + 1 more...   60m
`,
  );
  assert.is(
    read('get endpointslices'),
    `NAME     ADDRESSTYPE   PORTS   ENDPOINTS                          AGE
web-x1   IPv4          80,9    10.244.0.2,10.244.0.3,10.244.0.4   60m
`,
  );
  assert.is(
    read('get rs -o wide'),
    `NAME      DESIRED   CURRENT   READY   AGE   CONTAINERS   IMAGES       SELECTOR
web-abc   2         2         2       60m   nginx        nginx:1.27   app=web,pod-template-hash=abc
`,
  );
  assert.is(
    read('get deploy'),
    `NAME   READY   UP-TO-DATE   AVAILABLE   AGE
web    2/2     2            2           60m
`,
  );
  assert.is(
    read('get no -o wide'),
    `NAME    STATUS   ROLES           AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME
node1   Ready    control-plane   60m   v1.33.0   10.0.2.15     <none>        Debian     6.1              <unknown>
`,
  );
  assert.is(read('get ns'), 'NAME      STATUS   AGE\ndefault   Active   60m\n');
});

test('get warns of Endpoints where the server does', () => {
  const stderr = (minor: number): string => get(sampleView(minor), ['endpoints']).stderr;
  assert.is(stderr(32), '');
  assert.is(stderr(33), 'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n');
});

test('get of several kinds puts the kind before the name and an empty line between', () => {
  assert.is(
    read('get rs,deployments.apps'),
    `NAME                      DESIRED   CURRENT   READY   AGE
replicaset.apps/web-abc   2         2         2       60m

NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/web   2/2     2            2           60m
`,
  );
  assert.equal(
    read('get all --no-headers')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[0]),
    [
      ...['bare', 'web-abc-1', 'web-abc-2'].map((name) => `pod/${name}`),
      ...['ext', 'headless', 'lb', 'web'].map((name) => `service/${name}`),
      'deployment.apps/web',
      'replicaset.apps/web-abc',
    ],
  );
});

test('get -A, --show-labels, -L, -l and --sort-by', () => {
  assert.is(
    read('get pods -A -l app=web --show-labels'),
    `NAMESPACE   NAME        READY   STATUS    RESTARTS      AGE   LABELS
default     web-abc-1   1/1     Running   2 (60m ago)   60m   app=web,pod-template-hash=abc
default     web-abc-2   1/1     Running   2 (60m ago)   60m   app=web,pod-template-hash=abc
`,
  );
  assert.is(read('get deploy -L app -lapp=web').split('\n')[0], 'NAME   READY   UP-TO-DATE   AVAILABLE   AGE   APP');
  assert.is(read('get svc --no-headers --sort-by=.spec.type').split(' ')[0], 'headless');
  const names = (query: string): string =>
    read(`get pods -o name -l ${query}`).replaceAll('pod/', '').replaceAll('\n', ' ');
  assert.is(names('app'), 'web-abc-1 web-abc-2 ');
  assert.is(names('!app'), 'bare ');
  assert.is(names('app!=web'), 'bare ');
  assert.is(names('app=web,pod-template-hash==abc'), 'web-abc-1 web-abc-2 ');
});

test('get says what it did not find', () => {
  const said = (line: string): [string, number] => {
    const { stderr, exitCode } = typed(line);
    return [stderr, exitCode];
  };
  assert.equal(said('get pods -n other'), ['No resources found in other namespace.\n', 0]);
  assert.equal(said('get pods -A -l a=b'), ['No resources found\n', 0]);
  assert.equal(said('get pods x y'), [
    'Error from server (NotFound): pods "x" not found\nError from server (NotFound): pods "y" not found\n',
    1,
  ]);
  assert.equal(said('get deployment/x'), ['Error from server (NotFound): deployments.apps "x" not found\n', 1]);
  assert.equal(said('get pod x --ignore-not-found'), ['', 0]);
  assert.equal(said('get foo'), ['error: the server doesn\'t have a resource type "foo"\n', 1]);
  assert.equal(said('get pods --foo'), ["error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n", 1]);
  assert.equal(said('get pods -z'), [
    "error: unknown shorthand flag: 'z' in -z\nSee 'kubectl get --help' for usage.\n",
    1,
  ]);
  assert.match(
    said('get pods -o foo')[0],
    'error: unable to match a printer suitable for the output format "foo", allowed',
  );
  assert.match(
    said('get pods/web svc')[0],
    'error: there is no need to specify a resource type as a separate argument',
  );
});

test('get -o name, yaml and json print one object bare and several as a List', () => {
  assert.is(
    read('get deploy,svc -o name'),
    'deployment.apps/web\nservice/ext\nservice/headless\nservice/lb\nservice/web\n',
  );
  assert.is(
    read('get svc ext -o yaml'),
    `apiVersion: v1
kind: Service
metadata:
  creationTimestamp: "2026-11-23T03:00:00Z"
  name: ext
  namespace: default
  resourceVersion: "5"
  uid: u-ext
spec:
  externalName: www.example.com
  sessionAffinity: None
  type: ExternalName
status:
  loadBalancer: {}
`,
  );
  assert.is(
    read('get pods -l a=b -o yaml'),
    'apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: ""\n',
  );
  assert.match(read('get svc -o yaml'), /^apiVersion: v1\nitems:\n- apiVersion: v1\n {2}kind: Service\n/);
  assert.ok(read('get ns default -o json').startsWith('{\n    "apiVersion": "v1",\n    "kind": "Namespace",\n'));
});

test('podReason() is the phase unless containers or a deletion say more', () => {
  const pod = (status: object, metadata: object = {}): Pod =>
    ({ metadata: { name: 'x', ...metadata }, spec: { containers: [{ name: 'c' }] }, status }) as unknown as Pod;
  const state = (state: object, more: object = {}): object => ({
    phase: 'Running',
    containerStatuses: [{ name: 'c', ready: false, restartCount: 0, state, ...more }],
  });
  assert.is(podReason(pod({ phase: 'Pending' })), 'Pending');
  assert.is(podReason(pod({ phase: 'Failed', reason: 'Evicted' })), 'Evicted');
  assert.is(podReason(pod(state({ waiting: { reason: 'CrashLoopBackOff' } }))), 'CrashLoopBackOff');
  assert.is(podReason(pod(state({ terminated: { exitCode: 0, reason: 'Completed' } }))), 'Completed');
  assert.is(podReason(pod(state({ terminated: { exitCode: 3 } }))), 'ExitCode:3');
  assert.is(podReason(pod({ phase: 'Running' }, { deletionTimestamp: '2026-01-01T00:00:00Z' })), 'Terminating');
  assert.is(podReason(pod({ phase: 'Succeeded' }, { deletionTimestamp: '2026-01-01T00:00:00Z' })), 'Succeeded');
});

test('get --field-selector takes the fields of each kind and refuses others as the server does', () => {
  assert.is(read('get pods -o name --field-selector spec.nodeName=node1,metadata.name!=web-abc-2'), 'pod/web-abc-1\n');
  assert.is(read('get pods -o name --field-selector=status.phase==Pending'), 'pod/bare\n');
  assert.is(read('get pods -o name --field-selector=spec.restartPolicy!=Always'), '');
  assert.is(read('get svc -o name --field-selector metadata.namespace=default,spec.type=NodePort'), 'service/web\n');
  const { stderr, exitCode } = get(sampleView(), ['pods', '--field-selector', 'status.podIP=192.0.2.1']);
  assert.equal([stderr, exitCode], ['No resources found in default namespace.\n', 0]);
  const refused = (line: string): string => typed(line).stderr;
  assert.is(
    refused('get pods --field-selector status.reason=x'),
    'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "status.reason=x": field label not supported: status.reason\n',
  );
  assert.match(
    refused('get deploy -l app=web --field-selector spec.replicas=2'),
    'Unable to find "apps/v1, Resource=deployments" that match label selector "app=web", field selector "spec.replicas=2": "spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"\n',
  );
  assert.is(
    refused('get pods bare --field-selector status.phase=Pending'),
    'error: name cannot be provided when a selector is specified\n',
  );
});

test('sortedBy() puts numbers by value, texts in natural order, and what lacks the field first', () => {
  const names = (values: readonly unknown[], path = '.a[0].b') =>
    sortedBy(
      values.map((b) => ({ a: [b === undefined ? {} : { b }] })),
      path,
    ).map(({ a }) => a[0]!.b);
  assert.equal(names([10, 9, undefined, 100]), [undefined, 9, 10, 100]);
  assert.equal(names(['web-10', 'web-9', 'api', 'web'], '{.a[0].b}'), ['api', 'web', 'web-9', 'web-10']);
  assert.throws(() => names([1, 'x']), /unsortable type/);
  assert.is(
    typed('get pods --sort-by=.spec.nosuch').stderr,
    'error: couldn\'t find any field with path "{.spec.nosuch}" in the list of objects\n',
  );
  assert.is(read('get svc -o name --sort-by={.spec.ports[0].port}').split('\n')[2], 'service/web');
});

test('get says of what only the real one has that it is not modelled', () => {
  const said = (line: string): string => typed(line).stderr;
  assert.is(said('get pods -w'), 'error: kubectl get --watch is not modelled yet\n');
  assert.is(said('get pods --chunk-size 5'), 'error: kubectl get --chunk-size is not modelled yet\n');
  assert.is(said('get pods -o go-template={{.x}}'), 'error: -o go-template is not modelled yet\n');
  assert.is(said('get pods -v 6'), 'error: kubectl get --v=6 is not modelled yet\n');
  assert.is(said('--context foo get pods'), 'error: context "foo" does not exist\n');
  assert.is(said('get pods --kubeconfig=x'), 'error: stat x: no such file or directory\n');
  assert.match(said('get pods --frob'), /^error: unknown flag: --frob\n/);
});

test.run();
