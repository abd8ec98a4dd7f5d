/**
 * Two applications as people deploy them: which pods stand behind each service, what the pods are told, and the way from
 * the front door to the last in line.
 */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exec } from '../../../runs/exec/exec.ts';
import { readRunInput } from '../../../runs/run-input.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { traceRequest } from '../../../runs/trace/request.ts';

const test = suite('scenario: applications of our own');

const AT_NS = 30e9;

function scenarioOf(name: string) {
  const path = new URL(`../../../runs/scenarios/applications/${name}.yaml`, import.meta.url);
  return readRunInput([fileURLToPath(path)]).scenario;
}

/** Service: `pod:port` of each endpoint that is ready, without what is drawn at random in a name. */
function endpointTable(simulation: Simulation): Record<string, string> {
  const view = simulation.world.cluster.store.view();
  const table: Record<string, string> = {};
  for (const { metadata } of view.list('Service')) {
    const slices = view.listBy('EndpointSlice', 'service', `${metadata.namespace}/${metadata.name}`);
    const rows = slices.flatMap(({ endpoints, ports = [] }) =>
      endpoints
        .filter(({ conditions }) => conditions?.ready)
        .map(({ targetRef, addresses }) => {
          const who = targetRef?.name?.replace(/(-[0-9a-f]{8,10})?-[a-z0-9]{5}$/, '') ?? addresses[0];
          return `${who}:${ports.map(({ port }) => port).join('+')}`;
        }),
    );
    if (metadata.namespace !== 'kube-system') table[metadata.name] = rows.sort().join(' ');
  }
  return table;
}

function simulated(name: string): Simulation {
  const simulation = new Simulation(scenarioOf(name));
  simulation.runUntil(AT_NS);
  simulation.check();
  return simulation;
}

test('shop.yaml: who stands behind each service', () => {
  assert.equal(endpointTable(simulated('shop')), {
    kubernetes: '10.0.0.11:6443',
    api: 'api:8080 api:8080',
    db: 'db-0:5432 db-1:5432',
    'db-members': 'db-0:5432 db-1:5432',
    front: 'front:3000 front:3000',
    payment: '192.0.2.80:443',
  });
});

test('metrics.yaml: who stands behind each service', () => {
  assert.equal(endpointTable(simulated('metrics')), {
    board: 'board:3000',
    collector: 'collector-0:9090',
    exporter: 'exporter:9100 exporter:9100 exporter:9100',
    kubernetes: '10.0.0.11:6443',
  });
});

test('shop.yaml: the API knows its database by a variable made of another', () => {
  const simulation = simulated('shop');
  const view = simulation.world.cluster.store.view();
  const pod = view.list('Pod', 'shop').find(({ metadata }) => metadata.labels?.['app'] === 'api')!;
  const ip = view.get('Service', 'shop', 'db')!.spec.clusterIP;
  const { stdout } = exec(simulation, { argv: ['printenv', 'DATABASE'], on: `pod/shop/${pod.metadata.name}` });
  assert.is(stdout, `postgres://${ip}:5432/shop\n`);
});

/** Hosts on the way there, each once, with what is drawn at random left out. */
function wayOf(name: string, from: string, to: string): string {
  const { hops, outcome } = traceRequest(scenarioOf(name), { from, to, at: AT_NS });
  const hosts = hops.map(({ host }) => host.replace(/(-[0-9a-f]{8,10})?-[a-z0-9]{5}$/, ''));
  return `${[...new Set(hosts)].join(' > ')}: ${outcome}`;
}

test('shop.yaml: from the door to the bank', () => {
  assert.is(wayOf('shop', 'host/customer', 'http://node/node2:30080/'), 'customer > node2 > shop/front: answered');
  assert.is(
    wayOf('shop', 'pod/shop/db-0', 'tcp://db-1.db-members:5432'),
    'shop/db-0 > node1 > node2 > shop/db-1: answered',
  );
  assert.match(wayOf('shop', 'deployment/shop/api', 'tcp://payment:443'), /^shop\/api > node[12] > bank: answered$/);
});

test('metrics.yaml: from the door to the exporter of the node that takes no other pods', () => {
  assert.match(
    wayOf('metrics', 'deployment/board', 'http://collector:9090/'),
    /^default\/board > .*default\/collector-0: answered$/,
  );
  assert.is(
    wayOf('metrics', 'pod/collector-0', 'http://node/control:9100/'),
    'default/collector-0 > node2 > control: answered',
  );
});

test.run();
