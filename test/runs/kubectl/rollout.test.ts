/**
 * kubectl on rollouts, patches, waits and what it creates; a pod for one command, and commands in a workload's pod.
 * @evidence upstream: kubectl's own texts in polymorphichelpers (rollout_status.go, history.go, rollback.go), patch.go, wait.go
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { strategicMerge } from '../../../runs/kubectl/strategic-merge.ts';
import { Operator, plain } from '../../checklist/operator.ts';
import { read } from '../scenario/sample.ts';

const test = suite('kubectl/rollout');

const SCENARIO = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "nginx:1.25", env: [{ name: A, value: a }] }, { name: side, image: busybox }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: rollout }
spec: { nodes: 2, kubernetes: { dns: coredns } }
`;

const cluster = (): Operator => new Operator(read(SCENARIO)).at(10);

test('rollout status tells each change until the rollout is done', () => {
  const operator = cluster();
  assert.equal(operator.lines('kubectl rollout status deploy/web'), ['deployment "web" successfully rolled out']);
  assert.is(
    operator.run('kubectl set image deploy/web web=nginx:1.27.0').stdout,
    'deployment.apps/web image updated\n',
  );
  const lines = operator.lines('kubectl rollout status deploy/web');
  const distinct = lines.filter((line, i) => line !== lines[i - 1]);
  assert.equal(distinct, [
    'Waiting for deployment spec update to be observed...',
    'Waiting for deployment "web" rollout to finish: 0 out of 3 new replicas have been updated...',
    'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...',
    'Waiting for deployment "web" rollout to finish: 2 out of 3 new replicas have been updated...',
    'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
    'deployment "web" successfully rolled out',
  ]);
  assert.is(
    operator.run('kubectl rollout restart deploy/web; kubectl rollout status deploy/web --timeout=300ms').stderr,
    'error: timed out waiting for the condition\n',
  );
});

test('rollout status knows DaemonSets', () => {
  const operator = cluster();
  operator.run('kubectl rollout restart ds/kube-proxy -n kube-system');
  const lines = operator.lines('kubectl rollout status ds/kube-proxy -n kube-system');
  assert.is(lines[0], 'Waiting for daemon set spec update to be observed...');
  assert.is(lines.at(-1), 'daemon set "kube-proxy" successfully rolled out');
});

test('rollout undo takes the template before back, which counts as a new revision', () => {
  const operator = cluster();
  operator.run('kubectl set image deploy/web web=nginx:1.27.0; kubectl rollout status deploy/web');
  assert.equal(operator.lines('kubectl rollout history deploy/web').map(plain), [
    'deployment.apps/web',
    'REVISION CHANGE-CAUSE',
    '1 <none>',
    '2 <none>',
    '',
  ]);
  assert.is(operator.run('kubectl rollout undo deploy/web').stdout, 'deployment.apps/web rolled back\n');
  operator.run('kubectl rollout status deploy/web; sleep 1');
  const images = operator.run("kubectl get pods -l app=web -o jsonpath='{.items[*].spec.containers[0].image}'").stdout;
  assert.is(images, 'nginx:1.25 nginx:1.25 nginx:1.25');
  assert.equal(operator.lines('kubectl rollout history deploy/web').map(plain).slice(2), ['2 <none>', '3 <none>', '']);
  assert.is(
    operator.run('kubectl rollout undo deploy/web --to-revision=9').stderr,
    'error: unable to find specified revision 9 in history\n',
  );
});

test('rollout pause keeps the pods as they are, resume lets them go', () => {
  const operator = cluster();
  assert.is(operator.run('kubectl rollout pause deploy/web').stdout, 'deployment.apps/web paused\n');
  assert.is(operator.run('kubectl rollout pause deploy/web').stderr, 'error: deployment.apps/web is already paused\n');
  operator.run('kubectl set image deploy/web web=nginx:1.27.0');
  assert.is(operator.at(20).lines('kubectl get rs').length, 2);
  operator.run('kubectl rollout resume deploy/web');
  assert.is(operator.at(30).lines('kubectl get rs').length, 3);
});

test('strategicMerge() merges lists by their keys, replaces the others, and takes out what is marked', () => {
  const current = { spec: { containers: [{ name: 'a', image: 'x' }, { name: 'b' }], args: ['1'] } };
  const merged = strategicMerge(current, {
    spec: { containers: [{ name: 'c' }, { name: 'a', tty: true }, { name: 'b', $patch: 'delete' }], args: ['2'] },
  });
  assert.equal(merged, { spec: { containers: [{ name: 'c' }, { name: 'a', image: 'x', tty: true }], args: ['2'] } });
});

test('patch changes what it names and nothing else', () => {
  const operator = cluster();
  const inside = { containers: [{ name: 'web', env: [{ name: 'B', value: 'b' }] }] };
  const given = JSON.stringify({ spec: { replicas: 2, template: { spec: inside } } });
  assert.is(operator.run(`kubectl patch deploy web -p '${given}'`).stdout, 'deployment.apps/web patched\n');
  const { spec } = JSON.parse(operator.run('kubectl get deploy web -o json').stdout) as {
    readonly spec: {
      readonly replicas: number;
      readonly template: {
        readonly spec: {
          readonly containers: readonly {
            readonly name: string;
            readonly image: string;
            readonly env?: readonly { readonly name: string }[];
          }[];
        };
      };
    };
  };
  const { containers } = spec.template.spec;
  assert.equal([spec.replicas, containers.map(({ name }) => name)], [2, ['web', 'side']]);
  assert.equal([containers[0]!.image, containers[0]!.env!.map(({ name }) => name)], ['nginx:1.25', ['B', 'A']]);
  assert.is(
    operator.run(`kubectl patch deploy web -p '{"spec":{"replicas":2}}'`).stdout,
    'deployment.apps/web patched (no change)\n',
  );
});

test('wait waits, and says for whom in vain', () => {
  const operator = new Operator(read(SCENARIO)).at(0);
  assert.is(
    operator.run('kubectl wait --for=condition=Available deploy/web').stdout,
    'deployment.apps/web condition met\n',
  );
  assert.is(
    operator.run('kubectl wait --for=condition=Nonsense deploy/web --timeout=1s').stderr,
    'error: timed out waiting for the condition on deployments/web\n',
  );
  assert.is(operator.run("kubectl wait --for=jsonpath='{.spec.replicas}'=3 deploy/web").exitCode, 0);
});

test('run --rm makes a pod for one command, whose output and exit code are those of kubectl', () => {
  const operator = cluster();
  const { stdout, exitCode } = operator.run(
    'kubectl run once --rm -it --image=busybox --restart=Never -- wget -qO- http://web',
  );
  assert.match(stdout, /<title>Welcome to nginx!<\/title>[\s\S]*\npod "once" deleted from default namespace\n$/);
  assert.is(exitCode, 0);
  assert.is(operator.run('kubectl get pod once').exitCode, 1);
  assert.is(operator.run('kubectl run once --rm -i --image=busybox -- wget -qO- http://nosuch').exitCode, 1);
});

test('exec takes a workload or a Service for one of its pods, and says why it cannot', () => {
  const operator = cluster();
  const [name] = operator.lines('kubectl exec deploy/web -c web -- hostname');
  assert.match(name!, /^web-\w+-\w{5}$/);
  assert.equal(operator.lines('kubectl exec svc/web -c web -- hostname'), [name]);
  operator.run('kubectl run late --image=nginx');
  assert.is(
    operator.run('kubectl exec late -- hostname').stderr,
    'Error from server (BadRequest): pod late does not have a host assigned\n',
  );
});

test('annotate has the words of label but for its own, and custom columns show any field', () => {
  const operator = cluster();
  assert.is(operator.run('kubectl annotate svc web a=b').stdout, 'service/web annotated\n');
  assert.match(operator.run('kubectl annotate svc web a=c').stderr, /already has a value \(b\)\n$/);
  assert.equal(
    operator
      .lines('kubectl get svc web -o custom-columns=NAME:.metadata.name,A:.metadata.annotations.a,X:.nosuch')
      .map(plain),
    ['NAME A X', 'web b <none>'],
  );
});

test('create makes ConfigMaps, Secrets and Jobs, in the words of kubectl', () => {
  const operator = cluster();
  assert.is(
    operator
      .run('kubectl create cm c --from-literal=a=b --dry-run=client -o yaml')
      .stdout.split('\n')
      .slice(0, 4)
      .join('\n'),
    'apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap',
  );
  assert.is(operator.run('kubectl create configmap c --from-literal=a=b').stdout, 'configmap/c created\n');
  assert.is(operator.run('kubectl create secret generic s --from-literal=p=q').stdout, 'secret/s created\n');
  assert.is(operator.run("kubectl get secret s -o jsonpath='{.data.p}'").stdout, 'cQ==');
  assert.match(
    operator.run('kubectl create configmap c').stderr,
    /^error: failed to create configmap: configmaps "c" already exists\n$/,
  );
  assert.is(operator.run('kubectl create job j --image=busybox -- true').stdout, 'job.batch/j created\n');
  assert.match(operator.at(20).lines('kubectl get job j')[1]!, /^j +Complete +1\/1 /);
  assert.is(operator.run('kubectl create job j2').stderr, 'error: either --image or --from must be specified\n');
});

test.run();
