/**
 * Real applications running unchanged: which services end with which endpoints, whether each answers, and the way from
 * the front door. The bundles are not part of this project; where they lie is said by KUBEHOP_SHARED.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Service } from '../../../controllers/object/service.ts';
import type { ObjectView } from '../../../controllers/view.ts';
import { exec } from '../../../runs/exec/exec.ts';
import { readRunInput } from '../../../runs/run-input.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { traceRequest } from '../../../runs/trace/request.ts';

const test = suite('scenario: applications that run');
const folder = join(process.env.KUBEHOP_SHARED ?? '', 'manifests');
const given = process.env.KUBEHOP_SHARED !== undefined && existsSync(folder);
const NODES = 3;
/** What speaks no HTTP. */
const DNS_PORT = 53;
/** Slow starters have delays of their own before they count as ready. */
const AT_NS = 240e9;

interface ExpectedService {
  readonly service: string;
  readonly type: string;
  readonly headless?: boolean;
  readonly ports: readonly { readonly port: number; readonly protocol: string }[];
  readonly endpointsFrom: readonly { readonly replicas: number | string }[];
}

type Bundles = Readonly<Record<string, { readonly services: readonly ExpectedService[] }>>;

/**
 * From the door to the last in line, as who asks whom: our own reading of what each application is. `CLUSTER/NS/NAME`
 * stands for a service's cluster IP, `DOOR/NS/NAME` for the first node with its node port, `POD/NS/NAME` for the first
 * pod whose name begins so.
 */
const WAYS: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  'voting-app': [
    ['host/client', 'http://node/node1:31000/'],
    ['deployment/vote', 'tcp://redis:6379'],
    ['deployment/worker', 'tcp://redis:6379'],
    ['deployment/worker', 'tcp://db:5432'],
    ['deployment/result', 'tcp://db.default.svc.cluster.local:5432'],
  ],
  'istio-bookinfo': [
    ['node/node1', 'http://CLUSTER/default/productpage:9080/'],
    ['deployment/productpage-v1', 'http://reviews:9080/'],
    ['deployment/reviews-v3', 'http://ratings:9080/'],
  ],
  'sock-shop': [
    ['host/client', 'http://node/node2:30001/'],
    ['deployment/sock-shop/front-end', 'http://orders/'],
    ['deployment/sock-shop/orders', 'tcp://orders-db:27017'],
  ],
  'online-boutique': [
    ['deployment/frontend', 'tcp://checkoutservice:5050'],
    ['deployment/checkoutservice', 'tcp://cartservice:7070'],
    ['deployment/cartservice', 'tcp://redis-cart:6379'],
  ],
  guestbook: [['deployment/frontend', 'tcp://redis-replica:6379']],
  cassandra: [['pod/cassandra-0', 'tcp://cassandra-2.cassandra:9042']],
  'wordpress-mysql': [['deployment/wordpress', 'tcp://wordpress-mysql:3306']],
  'ingress-nginx-baremetal': [
    ['host/client', 'http://DOOR/ingress-nginx/ingress-nginx-controller/'],
    ['node/node2', 'tcp://CLUSTER/ingress-nginx/ingress-nginx-controller-admission:443'],
  ],
  'old-v1beta1-ingress': [
    ['host/client', 'http://node/node1:80/'],
    ['POD/default/nginx-ingress-lb', 'http://echoheadersx/'],
    ['host/client', 'http://DOOR/default/echoheaders-https/'],
  ],
  'kube-prometheus': [
    ['deployment/monitoring/grafana', 'tcp://blackbox-exporter:9115'],
    ['deployment/monitoring/prometheus-operator', 'tcp://kube-state-metrics:8443'],
    ['deployment/monitoring/prometheus-adapter', 'tcp://node-exporter:9100'],
  ],
  'metallb-native': [['node/node1', 'tcp://CLUSTER/metallb-system/metallb-webhook-service:443']],
  coredns: [['node/node3', 'http://CLUSTER/kube-system/kube-dns:9153/metrics']],
  'emojivoto-list': [['POD/emojivoto/web', 'tcp://POD/emojivoto/emoji:8080']],
};

function scenarioOf(bundle: string, work: string) {
  const path = join(work, 'scenario.yaml');
  writeFileSync(
    path,
    `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: ${bundle} }
spec: { until: 250s, nodes: ${NODES}, hosts: [{ name: client, ip: 198.51.100.7 }] }
`,
  );
  return readRunInput([join(folder, bundle), path]).scenario;
}

/** A way's end with what the run has drawn filled in. */
function placed(view: ObjectView, end: string): string {
  const named = (namespace: string, name: string) => view.get('Service', namespace, name)!.spec;
  const pod = (namespace: string, name: string) =>
    view.list('Pod', namespace).find(({ metadata }) => metadata.name.startsWith(name))!;
  return end
    .replace(/CLUSTER\/([\w-]+)\/([\w-]+)/, (_, namespace, name) => named(namespace, name).clusterIP!)
    .replace(
      /DOOR\/([\w-]+)\/([\w-]+)/,
      (_, namespace, name) => `node/node1:${named(namespace, name).ports![0]!.nodePort}`,
    )
    .replace(
      /^POD\/([\w-]+)\/([\w-]+)/,
      (_, namespace, name) => `pod/${namespace}/${pod(namespace, name).metadata.name}`,
    )
    .replace(/POD\/([\w-]+)\/([\w-]+)/, (_, namespace, name) => pod(namespace, name).status.podIP!);
}

function endpointCount({ endpointsFrom }: ExpectedService): number {
  return endpointsFrom.reduce((sum, { replicas }) => sum + (typeof replicas === 'number' ? replicas : NODES), 0);
}

const bundles = given ? (JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8')) as Bundles) : {};

for (const [bundle, { services }] of Object.entries(bundles)) {
  test(`${bundle}: each service has the endpoints of its workloads, and answers on each port`, () => {
    const work = mkdtempSync(join(tmpdir(), 'kubehop-application-'));
    try {
      const scenario = scenarioOf(bundle, work);
      const simulation = new Simulation(scenario);
      simulation.runUntil(AT_NS);
      simulation.check();
      const view = simulation.world.cluster.store.view();
      for (const expected of services) {
        const [namespace, name] = expected.service.split('/') as [string, string];
        const service = view.get('Service', namespace, name) as Service;
        const slices = view.listBy('EndpointSlice', 'service', expected.service);
        const ready = slices.flatMap(({ endpoints }) => endpoints.filter(({ conditions }) => conditions?.ready));
        const pods = new Set(ready.map(({ targetRef }) => targetRef?.name));
        assert.is(pods.size, endpointCount(expected), `${expected.service}: endpoints`);
        assert.is(service.spec.type, expected.type);
        const ip = expected.headless === true ? ready[0]?.addresses[0] : service.spec.clusterIP;
        for (const { port, protocol } of expected.ports) {
          if (ip === undefined || protocol !== 'TCP' || expected.headless === true || port === DNS_PORT) continue;
          const argv = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', `http://${ip}:${port}/`];
          const { stdout, exitCode } = exec(simulation, { argv });
          // Whoever has no endpoints is refused.
          if (pods.size === 0) assert.is(exitCode, 7, `${expected.service}:${port}`);
          else assert.is(stdout, '200', `${expected.service}:${port}`);
        }
      }
      for (const [from, to] of WAYS[bundle] ?? []) {
        const { outcome } = traceRequest(scenario, { from: placed(view, from), to: placed(view, to), at: AT_NS });
        assert.is(outcome, 'answered', `${from} to ${to}`);
      }
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

test('the bundles lie where the environment says that they do', () => {
  assert.is(given, process.env.KUBEHOP_SHARED !== undefined);
});

test.run();
