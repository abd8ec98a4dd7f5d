/** What kubectl creates, changes and deletes, and what it says. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WriteVerb } from '../../../controllers/command.ts';
import { kubectl } from '../../../runs/kubectl/kubectl.ts';
import { isPlan } from '../../../runs/kubectl/write-plan.ts';
import { read, sampleView, typed } from './sample.ts';

const test = suite('kubectl/write');

const CREATED = { result: 'created' } as const;
const DELETED = { result: 'deleted' } as const;

/** What stands on standard error, and the exit code. */
function failed(line: string, reply?: Parameters<typeof typed>[1]): [string, number] {
  const { stderr, exitCode } = typed(line, reply);
  return [stderr, exitCode];
}

test('expose sends a service that selects what the deployment selects', () => {
  const { stdout, writes } = typed('expose deployment web --port=80 --target-port=http --name=w2', CREATED);
  assert.is(stdout, 'service/w2 exposed\n');
  assert.equal(writes, [
    {
      verb: WriteVerb.Create,
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'w2', labels: { app: 'web' } },
        spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }], selector: { app: 'web' } },
        status: { loadBalancer: {} },
      },
    },
  ]);
});

// The YAML below is that of kubectl 1.32 without `creationTimestamp: null`, which 1.34 and later leave out.

test('expose --dry-run=client -o yaml takes ports from the containers and names them', () => {
  assert.is(
    read('expose deployment web --name=w2 --dry-run=client -o yaml'),
    `apiVersion: v1
kind: Service
metadata:
  labels:
    app: web
  name: w2
spec:
  ports:
  - name: port-1
    port: 80
    protocol: TCP
    targetPort: 80
  - name: port-2
    port: 9
    protocol: UDP
    targetPort: 9
  selector:
    app: web
status:
  loadBalancer: {}
`,
  );
  assert.match(
    read('expose deployment web --name=w5 --port=80,81 --protocol=UDP --type=NodePort -l a=b --dry-run=client -o yaml'),
    `metadata:
  labels:
    a: b
  name: w5
spec:
  ports:
  - name: port-1
    port: 80
    protocol: UDP
    targetPort: 80
  - name: port-2
    port: 81
    protocol: UDP
    targetPort: 81
  selector:
    app: web
  type: NodePort
`,
  );
  assert.is(read('expose svc web --port=81 --name=w4 --dry-run=client'), 'service/w4 exposed (dry run)\n');
});

test('expose says why it cannot', () => {
  assert.equal(failed('expose deployment nosuch --port=80'), [
    'Error from server (NotFound): deployments.apps "nosuch" not found\n',
    1,
  ]);
  assert.equal(failed('expose pod bare --port=80'), [
    "error: couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed\n",
    1,
  ]);
  assert.equal(failed('expose deployment web --port=80x'), ['error: strconv.Atoi: parsing "80x": invalid syntax\n', 1]);
  assert.equal(
    failed('expose deployment web --port=80', {
      result: 'refused',
      code: 409,
      message: 'services "web" already exists',
    }),
    ['Error from server (AlreadyExists): services "web" already exists\n', 1],
  );
  const message = 'Service "bad" is invalid: [spec.a: Required value, spec.b: Invalid value: 3: too small, or so]';
  assert.equal(failed('expose deploy/web --name=bad --port=80', { result: 'refused', code: 422, message }), [
    'The Service "bad" is invalid: \n* spec.a: Required value\n* spec.b: Invalid value: 3: too small, or so\n',
    1,
  ]);
});

test('create deployment', () => {
  assert.is(
    read('create deployment web2 --image=nginx:1.27 --image=redis/x:2 --port=80 --dry-run=client -o yaml -n foo'),
    `apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app: web2
  name: web2
  namespace: foo
spec:
  replicas: 1
  selector:
    matchLabels:
      app: web2
  strategy: {}
  template:
    metadata:
      labels:
        app: web2
    spec:
      containers:
      - image: nginx:1.27
        name: nginx
        ports:
        - containerPort: 80
        resources: {}
      - image: redis/x:2
        name: x
        resources: {}
status: {}
`,
  );
  assert.is(typed('create deployment web2 --image=nginx -r 2', CREATED).stdout, 'deployment.apps/web2 created\n');
  assert.equal(failed('create deployment web2'), ['error: required flag(s) "image" not set\n', 1]);
  const exists = { result: 'refused', code: 409, message: 'deployments.apps "web" already exists' } as const;
  assert.equal(failed('create deployment web --image=nginx', exists), [
    'error: failed to create deployment: deployments.apps "web" already exists\n',
    1,
  ]);
});

test('create service in its four types', () => {
  assert.match(
    read('create service nodeport my --tcp=80:http --node-port=30000 --dry-run=client -o yaml'),
    `spec:
  ports:
  - name: 80-http
    nodePort: 30000
    port: 80
    protocol: TCP
    targetPort: http
  selector:
    app: my
  type: NodePort
`,
  );
  assert.match(
    read('create service clusterip my --tcp=80 --clusterip=None --dry-run=client -o yaml'),
    'spec:\n  clusterIP: None\n  ports:\n  - name: "80"\n',
  );
  assert.match(
    read('create svc externalname my --external-name x.y --dry-run=client -o yaml'),
    'spec:\n  externalName: x.y\n  selector:\n    app: my\n  type: ExternalName\n',
  );
  assert.is(typed('create service loadbalancer my-lbs --tcp=5678:8080', CREATED).stdout, 'service/my-lbs created\n');
  assert.equal(failed('create service clusterip my'), ['error: at least one tcp port specifier must be provided\n', 1]);
  assert.equal(failed('create service clusterip my --tcp=80x'), [
    'error: strconv.ParseUint: parsing "80x": invalid syntax\n',
    1,
  ]);
});

test('create namespace leaves a refusal to the server', () => {
  assert.is(typed('create ns foo', CREATED).stdout, 'namespace/foo created\n');
  const exists = { result: 'refused', code: 409, message: 'namespaces "default" already exists' } as const;
  assert.equal(failed('create namespace default', exists), [
    'Error from server (AlreadyExists): namespaces "default" already exists\n',
    1,
  ]);
  assert.is(
    typed('create foo').stderr,
    "error: Unexpected args: [foo]\nSee 'kubectl create -h' for help and examples\n",
  );
});

test('run makes a pod, with a service where it is exposed', () => {
  assert.is(
    read('run x --image=nginx --port=80 --expose --dry-run=client -o yaml'),
    `apiVersion: v1
kind: Service
metadata:
  name: x
spec:
  ports:
  - port: 80
    protocol: TCP
    targetPort: 80
  selector:
    run: x
status:
  loadBalancer: {}
---
---
apiVersion: v1
kind: Pod
metadata:
  labels:
    run: x
  name: x
spec:
  containers:
  - image: nginx
    name: x
    ports:
    - containerPort: 80
    resources: {}
  dnsPolicy: ClusterFirst
  restartPolicy: Always
status: {}
`,
  );
  const { stdout, writes } = typed(
    'run x --image=nginx -l a=b --env=A=b --restart=Never --command -- sleep 1',
    CREATED,
  );
  assert.is(stdout, 'pod/x created\n');
  const [{ body } = { body: {} }] = writes;
  assert.equal((body as { spec: object }).spec, {
    containers: [
      { name: 'x', image: 'nginx', resources: {}, command: ['sleep', '1'], env: [{ name: 'A', value: 'b' }] },
    ],
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Never',
  });
});

test('scale asks for each in turn, and says what it does not find', () => {
  const { stdout, writes } = typed('scale --replicas=3 deployment/web rs/web-abc');
  assert.is(stdout, 'deployment.apps/web scaled\nreplicaset.apps/web-abc scaled\n');
  assert.equal(
    writes.map(({ verb, body }) => [verb, body['kind'], body['replicas']]),
    [
      [WriteVerb.Scale, 'Deployment', 3],
      [WriteVerb.Scale, 'ReplicaSet', 3],
    ],
  );
  assert.equal(failed('scale deployment nosuch --replicas=2'), [
    'error: no objects passed to scale deployments.apps "nosuch" not found\n',
    1,
  ]);
  assert.equal(failed('scale deployment web'), ['error: required flag(s) "replicas" not set\n', 1]);
  const other = { result: 'refused', code: 409, message: 'Expected replicas to be 7, was 2' } as const;
  assert.equal(failed('scale deployment web --replicas=5 --current-replicas=7', other), [
    'error: Expected replicas to be 7, was 2\n',
    1,
  ]);
});

test('delete names the namespace that it deletes from', () => {
  const { stdout, writes } = typed('delete svc,deployment --all', DELETED);
  assert.is(
    stdout,
    `service "ext" deleted from default namespace
service "headless" deleted from default namespace
service "lb" deleted from default namespace
service "web" deleted from default namespace
deployment.apps "web" deleted from default namespace
`,
  );
  assert.equal(new Set(writes.map(({ verb }) => verb)), new Set([WriteVerb.Delete]));
  assert.is(typed('delete node node1', DELETED).stdout, 'node "node1" deleted\n');
  assert.is(
    typed('delete svc ext --dry-run=client').stdout,
    'service "ext" deleted from default namespace (dry run)\n',
  );
  const forced = typed('delete pod bare --grace-period=0 --force', DELETED);
  assert.is(forced.stdout, 'pod "bare" force deleted from default namespace\n');
  assert.match(forced.stderr, 'Warning: Immediate deletion does not wait for confirmation');
  assert.equal(forced.writes[0]?.body['gracePeriodSeconds'], 0);
  assert.equal(failed('delete pods'), ['error: resource(s) were provided, but no name was specified\n', 1]);
  assert.is(typed('delete pod --all -n other').stdout, 'No resources found\n');
  assert.equal(failed('delete svc web nosuch', DELETED), [
    'Error from server (NotFound): services "nosuch" not found\n',
    1,
  ]);
});

test('delete is done once the objects are gone', () => {
  const view = sampleView();
  const planned = kubectl(view, ['delete', 'pod', 'bare']);
  assert.ok(isPlan(planned) && planned.isDone !== undefined);
  assert.is(planned.isDone!(view.view), false);
  assert.is(planned.isDone!({ ...view.view, byUid: () => undefined }), true);
});

test('label sets, removes, and refuses to overwrite unasked', () => {
  assert.is(typed('label pod bare a=b').stdout, 'pod/bare labeled\n');
  assert.is(typed('label pod web-abc-1 app-').stdout, 'pod/web-abc-1 unlabeled\n');
  assert.is(typed('label pod web-abc-1 app=web').stdout, 'pod/web-abc-1 not labeled\n');
  assert.is(typed('label pod bare a=b x-').stdout, 'label "x" not found.\npod/bare labeled\n');
  assert.equal(typed('label pod web-abc-1 app=foo --overwrite new-').writes[0]?.body['patch'], {
    metadata: { labels: { app: 'foo', new: null } },
  });
  assert.equal(failed('label pod web-abc-1 app=foo'), [
    "error: 'app' already has a value (web), and --overwrite is false\n",
    1,
  ]);
  assert.equal(failed('label pod bare'), ['error: at least one label update is required\n', 1]);
});

const FILE = `
apiVersion: v1
kind: Service
metadata: { name: new }
spec: { selector: { a: b }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: LimitRange
metadata: { name: left-out }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { portz: 1 }
`;

test('apply -f sends each object with a copy of itself, and passes over what it does not keep', () => {
  const read = (name: string) => [{ name, text: FILE }];
  const planned = kubectl(sampleView(), ['apply', '-f', 'a.yaml'], read);
  assert.ok(isPlan(planned));
  const [step] = planned.steps;
  assert.is(planned.steps.length, 1);
  assert.is(step?.write.verb, WriteVerb.Apply);
  const metadata = step?.write.body['metadata'] as { annotations: Record<string, string> };
  assert.is(
    metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'],
    '{"apiVersion":"v1","kind":"Service","metadata":{"annotations":{},"name":"new","namespace":"default"},"spec":{"ports":[{"port":80}],"selector":{"a":"b"}}}\n',
  );
  assert.is(step?.said({ result: 'created' }), 'service/new created\n');
  assert.is(step?.said({ result: 'changed' }), 'service/new configured\n');
  assert.is(step?.said({ result: 'unchanged' }), 'service/new unchanged\n');
  assert.match(planned.stderr ?? '', 'LimitRange');
  assert.equal(
    planned.errors?.map(({ text }) => text),
    [
      'Error from server (BadRequest): error when creating "a.yaml": Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.portz"',
    ],
  );
});

test('apply -f of a file that is not there', () => {
  assert.equal(failed('apply -f nosuch.yaml'), ['error: the path "nosuch.yaml" does not exist\n', 1]);
});

test('kubectl knows its subcommands, says which are not modelled yet, and takes options before them', () => {
  assert.equal(failed('foo'), ['error: unknown command "foo" for "kubectl"\n', 1]);
  assert.equal(failed('top pods'), ['error: kubectl top is not modelled yet\n', 1]);
  assert.equal(failed('get leases'), ['error: the resource type "leases" is not modelled yet\n', 1]);
  assert.equal(failed('get foos'), ['error: the server doesn\'t have a resource type "foos"\n', 1]);
  assert.equal(failed('-n other get pods'), ['No resources found in other namespace.\n', 0]);
  assert.is(typed('-n other create deployment x --image=y --dry-run=client -o name').stdout, 'deployment.apps/x\n');
});

test.run();
