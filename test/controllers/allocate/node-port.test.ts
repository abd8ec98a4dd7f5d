/** Node ports of a whole Service. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  grantNodePorts,
  NODE_PORTS_FULL,
  type NodePortPool,
  nodePortRange,
} from '../../../controllers/allocate/node-port.ts';
import type { Service, ServiceSpec } from '../../../controllers/object/service.ts';
import { service } from '../kube-proxy/iptables/sample.ts';

const test = suite('allocate/node-port');

const RANGE = nodePortRange(30000, 32767, 34);

function pool(over: Partial<NodePortPool> = {}): NodePortPool {
  return { range: RANGE, isUsed: () => false, draw: () => 0, pinned: [], ...over };
}

function web(ports: ServiceSpec['ports'], spec: Partial<ServiceSpec> = {}): Service {
  return service(
    'a/web',
    '10.96.0.1',
    { port: 80 },
    { type: 'NodePort', ...(ports === undefined ? {} : { ports }), ...spec },
  );
}

const port = (number: number, nodePort = 0, protocol: 'TCP' | 'UDP' = 'TCP') => ({
  name: `p${number}${protocol}`,
  protocol,
  port: number,
  targetPort: number,
  ...(nodePort === 0 ? {} : { nodePort }),
});

const numbers = (spec: ServiceSpec) => spec.ports?.map((one) => one.nodePort);

test('grantNodePorts() draws above the static band, each number once', () => {
  const { spec } = grantNodePorts(web([port(80), port(81)]), undefined, pool());
  assert.equal(numbers(spec), [30086, 30087]);
  assert.is(nodePortRange(30000, 32767, 16).staticBand, 0);
});

test('grantNodePorts() gives ports of one number one node port', () => {
  assert.equal(numbers(grantNodePorts(web([port(53), port(53, 0, 'UDP')]), undefined, pool()).spec), [30086, 30086]);
  assert.equal(
    numbers(grantNodePorts(web([port(53), port(53, 31000, 'UDP')]), undefined, pool()).spec),
    [31000, 31000],
  );
});

test('grantNodePorts() refuses a number that is taken, by any protocol, or out of range', () => {
  const refused = (nodePort: number, isUsed = () => false) =>
    grantNodePorts(web([port(80, nodePort, 'UDP')]), undefined, pool({ isUsed })).error;
  assert.is(
    refused(30001, () => true),
    'spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated',
  );
  assert.is(
    refused(80),
    'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
  );
  assert.is(refused(30001), undefined);
});

test('grantNodePorts() of a range of one port has none for the second service', () => {
  const range = nodePortRange(32000, 32000, 16);
  assert.equal(numbers(grantNodePorts(web([port(80)]), undefined, pool({ range })).spec), [32000]);
  const { failure, error } = grantNodePorts(web([port(80)]), undefined, pool({ range, isUsed: () => true }));
  assert.is(failure, NODE_PORTS_FULL);
  assert.is(NODE_PORTS_FULL, 'Internal error occurred: failed to allocate a nodePort: range is full');
  assert.is(error, undefined);
});

test('grantNodePorts() keeps what a Service held, and does not hand its numbers to its other ports', () => {
  const before = web([port(80, 30086)]);
  const { spec, error } = grantNodePorts(web([port(80, 30086), port(81)]), before, pool());
  assert.is(error, undefined);
  assert.equal(numbers(spec), [30086, 30087]);
});

test('grantNodePorts() takes pins before it draws, and passes over a pin that is taken', () => {
  const pinned = [32000, 31500];
  assert.equal(numbers(grantNodePorts(web([port(80), port(81)]), undefined, pool({ pinned })).spec), [32000, 31500]);
  const isUsed = (number: number) => number === 32000;
  assert.equal(numbers(grantNodePorts(web([port(80)]), undefined, pool({ pinned, isUsed })).spec), [31500]);
});

test('grantNodePorts() gives a health check port under policy Local alone, and no node ports where they are unwanted', () => {
  const local = web([port(80)], { type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
  assert.is(grantNodePorts(local, undefined, pool()).spec.healthCheckNodePort, 30087);
  const bare = web([port(80)], { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false });
  assert.equal(numbers(grantNodePorts(bare, undefined, pool()).spec), [undefined]);
  assert.equal(numbers(grantNodePorts(web([port(80)], { type: 'ClusterIP' }), undefined, pool()).spec), [undefined]);
  const asked = web([port(80)], { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31999 });
  assert.is(
    grantNodePorts(asked, undefined, pool({ isUsed: (number) => number === 31999 })).failure,
    'Internal error occurred: failed to allocate requested HealthCheck NodePort 31999: provided port is already allocated',
  );
});

test.run();
