/**
 * The newest layout, chain by chain, and how many rules it takes.
 * @evidence upstream: kube-proxy's rules of the layouts that are written, as a kernel loads them
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { restoreProgram } from '../../../../controllers/kube-proxy/iptables/proxier.ts';
import type { SyncInputs } from '../../../../controllers/kube-proxy/proxier.ts';
import { chainsOf, flour, mill, none, rulesOf, STONE, sack } from './mill.ts';
import { config, NODE, PODS, service, slice } from './sample.ts';

const test = suite('kube-proxy/iptables/current-layout');

const HASH = '7ZRZ4YHVEURQM4Z4';
const SEPS = ['KUBE-SEP-6CLAH4ESHHNTYPHP', 'KUBE-SEP-BKXSKT5WFG5GKUJR', 'KUBE-SEP-O2UX3LG6QMXAC6VO'];
const NAME = 'mill/flour:http';

test('restoreProgram() declares the chains that are used, and no others', () => {
  const text = restoreProgram(mill());
  assert.equal(chainsOf(text, 'nat'), [
    'KUBE-SERVICES',
    'KUBE-NODEPORTS',
    'KUBE-POSTROUTING',
    'KUBE-MARK-MASQ',
    `KUBE-EXT-${HASH}`,
    `KUBE-FW-${HASH}`,
    `KUBE-SVC-${HASH}`,
    `KUBE-SVL-${HASH}`,
    ...SEPS,
  ]);
});

test('restoreProgram() leads the cluster IP, the VIP and the node port to chains of their own', () => {
  const text = restoreProgram(mill());
  assert.equal(rulesOf(text, 'nat', 'KUBE-SERVICES'), [
    `-m comment --comment "${NAME} cluster IP" -m tcp -p tcp -d 10.96.4.1 --dport 80 -j KUBE-SVC-${HASH}`,
    `-m comment --comment "${NAME} loadbalancer IP" -m tcp -p tcp -d 203.0.113.40 --dport 80 -j KUBE-FW-${HASH}`,
    '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  ]);
  assert.equal(rulesOf(text, 'nat', 'KUBE-NODEPORTS'), [
    `-m comment --comment ${NAME} -m tcp -p tcp --dport 30180 -j KUBE-EXT-${HASH}`,
  ]);
});

test('restoreProgram() lets pods and the node itself pass a Local policy by the Cluster chain', () => {
  const external = rulesOf(restoreProgram(mill()), 'nat', `KUBE-EXT-${HASH}`);
  assert.equal(external, [
    `-m comment --comment "pod traffic for ${NAME} external destinations" -s 10.20.0.0/16 -j KUBE-SVC-${HASH}`,
    `-m comment --comment "masquerade LOCAL traffic for ${NAME} external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
    `-m comment --comment "route LOCAL traffic for ${NAME} external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-${HASH}`,
    `-j KUBE-SVL-${HASH}`,
  ]);
});

test('restoreProgram() admits the VIP as a source when the node lies in a source range', () => {
  const text = restoreProgram(mill());
  assert.equal(
    rulesOf(text, 'nat', `KUBE-FW-${HASH}`).map((rule) => /-s (\S+)/.exec(rule)?.[1]),
    ['192.168.7.0/24', '198.51.100.0/25', '203.0.113.40', undefined],
  );
  const elsewhere = { ...mill(), node: { ...STONE, ips: ['192.168.8.2'] } };
  assert.is(rulesOf(restoreProgram(elsewhere), 'nat', `KUBE-FW-${HASH}`).length, 3);
});

test('restoreProgram() puts affinity before chance, endpoints in the order of their text', () => {
  const rules = rulesOf(restoreProgram(mill()), 'nat', `KUBE-SVC-${HASH}`);
  assert.is(
    rules[0],
    `-m comment --comment "${NAME} cluster IP" -m tcp -p tcp -d 10.96.4.1 --dport 80 ! -s 10.20.0.0/16 -j KUBE-MARK-MASQ`,
  );
  assert.is(
    rules[1],
    `-m comment --comment "${NAME} -> 10.20.1.5:8080" -m recent --name ${SEPS[0]} --rcheck --seconds 90 --reap -j ${SEPS[0]}`,
  );
  assert.equal(
    rules.slice(4).map((rule) => [/--probability (\S+)/.exec(rule)?.[1], rule.split('-j ')[1]]),
    [
      ['0.3333333333', SEPS[0]],
      ['0.5000000000', SEPS[1]],
      [undefined, SEPS[2]],
    ],
  );
  assert.equal(rulesOf(restoreProgram(mill()), 'nat', SEPS[2]!), [
    `-m comment --comment ${NAME} -s 10.20.2.7 -j KUBE-MARK-MASQ`,
    `-m comment --comment ${NAME} -m recent --name ${SEPS[2]} --set -m tcp -p tcp -j DNAT --to-destination 10.20.2.7:8080`,
  ]);
});

test('restoreProgram() rejects without endpoints, and drops without local ones', () => {
  const text = restoreProgram(mill());
  assert.equal(rulesOf(text, 'filter', 'KUBE-SERVICES'), [
    '-m comment --comment "mill/none:dns has no endpoints" -m udp -p udp -d 10.96.4.3 --dport 53 -j REJECT',
    '-m comment --comment "mill/sack has no local endpoints" -m tcp -p tcp -d 10.96.4.2 --dport 7001 -j DROP',
  ]);
  assert.equal(rulesOf(text, 'filter', 'KUBE-NODEPORTS'), [
    `-m comment --comment "${NAME} health check node port" -m tcp -p tcp --dport 31999 -j ACCEPT`,
  ]);
});

test('restoreProgram() says no to each external way when a Local service has no endpoint here', () => {
  const inputs = { ...mill(), endpointSlices: [slice(flour, 8080, ['10.20.2.7@wheel'])] };
  const rules = rulesOf(restoreProgram(inputs), 'filter', 'KUBE-EXTERNAL-SERVICES');
  assert.equal(rules, [
    `-m comment --comment "${NAME} has no local endpoints" -m tcp -p tcp -d 203.0.113.40 --dport 80 -j DROP`,
    `-m comment --comment "${NAME} has no local endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30180 -j DROP`,
  ]);
  assert.equal(
    rulesOf(restoreProgram({ ...mill(), endpointSlices: [] }), 'filter', 'KUBE-EXTERNAL-SERVICES').map(
      (rule) => rule.split('-j ')[1],
    ),
    ['REJECT', 'REJECT'],
  );
});

test('restoreProgram() of a partial sync rewrites the entries, and the chains of changed services only', () => {
  const text = restoreProgram({ ...mill(), changed: new Set(['mill/none']) });
  assert.not.ok(chainsOf(text, 'nat').some((chain) => chain.endsWith(HASH)));
  assert.is(rulesOf(text, 'nat', 'KUBE-SERVICES').length, 3);
  const changed = restoreProgram({ ...mill(), changed: new Set(['mill/flour']) });
  assert.equal(rulesOf(changed, 'nat', `KUBE-SVC-${HASH}`), rulesOf(restoreProgram(mill()), 'nat', `KUBE-SVC-${HASH}`));
});

test('restoreProgram() empties and deletes stale chains before the node port jump, and no chain in use', () => {
  const existing = ['KUBE-SVC-OLD', `KUBE-SVC-${HASH}`, SEPS[0]!, 'KUBE-SEP-OLD', 'KUBE-SERVICES', 'CNI-HOSTPORT'];
  const text = restoreProgram({ ...mill(), existingChains: existing, changed: new Set<string>() });
  const nat = text.split('*nat\n')[1]!.split('\n');
  assert.equal(
    nat.filter((line) => line.startsWith('-X')),
    ['-X KUBE-SEP-OLD', '-X KUBE-SVC-OLD'],
  );
  assert.ok(nat.includes(':KUBE-SEP-OLD - [0:0]'));
  assert.ok(nat.indexOf('-X KUBE-SVC-OLD') < nat.findIndex((line) => line.includes('must be the last rule')));
});

test('restoreProgram() names pods as the detector does', () => {
  const source = (detector: SyncInputs['config']['detector']): string | undefined => {
    const inputs = { ...mill(), config: { ...mill().config, detector } };
    return /80 (! .*) -j KUBE-MARK-MASQ/.exec(restoreProgram(inputs))?.[1];
  };
  assert.is(source({ mode: 'BridgeInterface', interface: 'cni0' }), '! -i cni0');
  assert.is(source({ mode: 'InterfaceNamePrefix', prefix: 'cali' }), '! -i cali+');
  assert.is(source({ mode: 'NodeCIDR', cidrs: ['fd00::/64', '10.20.1.0/24'] }), '! -s 10.20.1.0/24');
  assert.is(source({ mode: 'none' }), undefined);
});

test('restoreProgram() masquerades every cluster IP packet under masqueradeAll', () => {
  const inputs = { ...mill(), config: { ...mill().config, masqueradeAll: true } };
  assert.is(
    rulesOf(restoreProgram(inputs), 'nat', `KUBE-SVC-${HASH}`)[0],
    `-m comment --comment "${NAME} cluster IP" -m tcp -p tcp -d 10.96.4.1 --dport 80 -j KUBE-MARK-MASQ`,
  );
});

test('restoreProgram() opens node ports on the addresses of nodePortAddresses alone', () => {
  const nodePorts = (nodePortAddresses: string[], localhostNodePorts = true): string[] => {
    const node = { ...STONE, localAddresses: ['192.168.7.2', '10.0.0.9'] };
    const inputs = { ...mill(), node, config: { ...mill().config, nodePortAddresses, localhostNodePorts } };
    const rules = rulesOf(restoreProgram(inputs), 'nat', 'KUBE-SERVICES');
    return rules.filter((rule) => rule.endsWith('KUBE-NODEPORTS')).map((rule) => rule.split('chain" ')[1]!);
  };
  assert.equal(nodePorts(['192.168.7.0/24']), ['-d 192.168.7.2 -j KUBE-NODEPORTS']);
  assert.equal(nodePorts(['127.0.0.0/8', '10.0.0.0/8']), [
    '-d 127.0.0.1 -j KUBE-NODEPORTS',
    '-d 10.0.0.9 -j KUBE-NODEPORTS',
  ]);
  assert.equal(nodePorts(['0.0.0.0/0']), ['-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS']);
  assert.equal(nodePorts([], false), ['-m addrtype --dst-type LOCAL ! -d 127.0.0.0/8 -j KUBE-NODEPORTS']);
});

test('restoreProgram() drops the comments of per-endpoint rules above 1000 endpoints', () => {
  const big = service('big/one', '10.96.9.9', { port: 80 });
  const addresses = (n: number): string[] => Array.from({ length: n }, (_, i) => `10.30.${i >> 8}.${i & 255}`);
  const inputs = (n: number): SyncInputs => ({
    ...mill(),
    services: [big],
    endpointSlices: [slice(big, 80, addresses(n))],
  });
  const line = (n: number): string =>
    restoreProgram(inputs(n))
      .split('\n')
      .find((rule) => rule.includes('--probability'))!;
  assert.ok(line(1000).includes('big/one -> '));
  assert.not.ok(line(1001).includes('comment'));
});

test('restoreProgram() takes as many rules as upstream counts', () => {
  const counts = (services: number, ends: number, balanced: boolean): string => {
    const all = Array.from({ length: services }, (_, i) =>
      balanced
        ? service(
            `ns/s${i}`,
            `10.96.1.${i}`,
            { port: 80 },
            {
              type: 'LoadBalancer',
              externalIPs: [`192.0.2.${i}`],
              loadBalancerSourceRanges: ['198.51.100.0/24'],
              externalTrafficPolicy: 'Cluster',
            },
            [`203.0.113.${i}`],
          )
        : service(`ns/s${i}`, `10.96.1.${i}`, { port: 80 }),
    );
    const endpointSlices = all.map((one, i) =>
      slice(
        one,
        80,
        Array.from({ length: ends }, (_, j) => `10.0.${i}.${j + 1}`),
      ),
    );
    const text = restoreProgram({
      services: all,
      endpointSlices,
      node: NODE,
      config: config({ detector: PODS, localhostNodePorts: false }),
    });
    return text
      .split('*nat\n')
      .map((table) => table.split('\n').filter((line) => line.startsWith('-A')).length)
      .join('/');
  };
  assert.equal(
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 10],
      [10, 0],
      [10, 1],
      [10, 2],
      [10, 10],
    ].map(([s, e]) => counts(s!, e!, false)),
    ['3/5', '4/5', '3/10', '3/13', '3/37', '13/5', '3/55', '3/85', '3/325'],
  );
  assert.equal(
    [
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 10],
      [10, 0],
      [10, 1],
      [10, 2],
      [10, 10],
    ].map(([s, e]) => counts(s!, e!, true)),
    ['6/5', '4/16', '4/19', '4/43', '33/5', '13/115', '13/145', '13/385'],
  );
});

test('restoreProgram() gives the same text whatever the order of its inputs', () => {
  const inputs = mill();
  const turned = { ...inputs, services: [flour, sack, none], endpointSlices: [...inputs.endpointSlices].reverse() };
  assert.is(restoreProgram(turned), restoreProgram(inputs));
});

test('restoreProgram() stays linear: 4 times the services take far less than 16 times as long', () => {
  const cluster = (n: number): SyncInputs => {
    const services = Array.from({ length: n }, (_, i) =>
      service(`ns/s${i}`, `10.${100 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`, { port: 80 }),
    );
    const endpointSlices = services.map((one, i) =>
      slice(one, 80, [`10.1.${i >> 8}.${i & 255}`, `10.2.${i >> 8}.${i & 255}`]),
    );
    return { ...mill(), services, endpointSlices };
  };
  const time = (inputs: SyncInputs): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5; i++) {
      const start = process.hrtime.bigint();
      restoreProgram(inputs);
      best = Math.min(best, Number(process.hrtime.bigint() - start));
    }
    return best;
  };
  const [small, large] = [cluster(1000), cluster(4000)];
  assert.ok(time(large) < 12 * time(small));
});

test.run();
