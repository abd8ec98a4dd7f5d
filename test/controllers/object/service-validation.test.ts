/** How Services are defaulted, refused and changed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatInvalid, invalidMessage } from '../../../controllers/object/field-error.ts';
import type { Manifest } from '../../../controllers/object/manifest.ts';
import type { Service } from '../../../controllers/object/service.ts';
import { defaultService } from '../../../controllers/object/service-defaults.ts';
import { carryOverService } from '../../../controllers/object/service-update.ts';
import { validateService, validateServiceUpdate } from '../../../controllers/object/service-validation.ts';

const test = suite('object/service-validation');

function stored(spec: Manifest, minor = 34, name = 'web'): Service {
  return defaultService({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec }, minor);
}

function errors(spec: Manifest, name = 'web'): readonly string[] {
  return validateService(stored(spec, 34, name));
}

test('defaultService() fills in what the API server fills in', () => {
  assert.equal(stored({ ports: [{ port: 80 }], selector: { app: 'web' } }), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      type: 'ClusterIP',
      selector: { app: 'web' },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  } as unknown as Service);
});

test('defaultService() sets traffic policies by type and release', () => {
  const policies = (spec: Manifest, minor: number): unknown[] => {
    const one = stored(spec, minor).spec;
    return [one.externalTrafficPolicy, one.internalTrafficPolicy, one.allocateLoadBalancerNodePorts];
  };
  assert.equal(policies({ type: 'LoadBalancer' }, 34), ['Cluster', 'Cluster', true]);
  assert.equal(policies({ type: 'NodePort' }, 34), ['Cluster', 'Cluster', undefined]);
  assert.equal(policies({ type: 'LoadBalancer' }, 16), ['Cluster', undefined, undefined]);
  assert.equal(policies({ type: 'ExternalName' }, 34), [undefined, undefined, undefined]);
});

test('defaultService() keeps what is given, and reads an empty target port as none', () => {
  const { spec } = stored({ sessionAffinity: 'ClientIP', ports: [{ port: 80, targetPort: 0, protocol: 'UDP' }] });
  assert.equal(spec.ports, [{ port: 80, targetPort: 80, protocol: 'UDP' }]);
  assert.equal(spec.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10_800 } });
});

test('validateService() says which port is wrong, and how', () => {
  const cases: [Manifest, string[]][] = [
    [
      { ports: [{ port: 0 }] },
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      { ports: [{ port: 70000, targetPort: 80 }] },
      ['spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [{}, ['spec.ports: Required value']],
    [{ clusterIP: 'None' }, []],
    [
      { ports: [{ port: 80 }, { port: 81 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'a', port: 81 },
        ],
      },
      ['spec.ports[1].name: Duplicate value: "a"'],
    ],
    [
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      },
      [
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    ],
    [
      { ports: [{ port: 80, protocol: 'ICMP' }] },
      ['spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
    ],
    [
      { ports: [{ port: 80, targetPort: 'x--y' }] },
      ['spec.ports[0].targetPort: Invalid value: "x--y": must not contain consecutive hyphens'],
    ],
    [
      { ports: [{ port: 80, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80, nodePort: 30000 },
          { name: 'b', port: 81, nodePort: 30000 },
        ],
      },
      ['spec.ports[1].nodePort: Duplicate value: 30000'],
    ],
  ];
  for (const [spec, wanted] of cases) assert.equal(errors(spec), wanted);
});

test('validateService() lets TCP and UDP share a number', () => {
  assert.equal(
    errors({
      ports: [
        { name: 'a', port: 53 },
        { name: 'b', port: 53, protocol: 'UDP' },
      ],
    }),
    [],
  );
});

test('validateService() refuses names that DNS refuses', () => {
  const ports = [{ port: 80 }];
  assert.equal(errors({ ports }, '9web'), [
    "metadata.name: Invalid value: \"9web\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  ]);
  assert.equal(errors({ ports }, ''), ['metadata.name: Required value: name or generateName is required']);
});

test('validateService() checks what only some types may have', () => {
  const ports = [{ port: 80 }];
  assert.equal(errors({ ports, externalTrafficPolicy: 'Local' }), [
    'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
  ]);
  assert.equal(errors({ ports, loadBalancerSourceRanges: ['10.0.0.0/8'] }), [
    "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
  ]);
  assert.equal(errors({ type: 'NodePort', clusterIP: 'None', ports }), [
    'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
  ]);
  assert.equal(errors({ type: 'ExternalName' }), ['spec.externalName: Required value']);
  assert.equal(errors({ type: 'ExternalName', externalName: 'db.example.org.' }), []);
  assert.equal(errors({ type: 'NotAType', ports }), [
    'spec.type: Unsupported value: "NotAType": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  ]);
  assert.equal(errors({ ports, externalIPs: ['127.0.0.1', 'x'] }), [
    'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    'spec.externalIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ]);
  assert.equal(
    errors({ ports, sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 90_000 } } }),
    [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400',
    ],
  );
});

test('validateServiceUpdate() keeps the cluster IP as it is, in the words of the release', () => {
  const ports = [{ port: 80 }];
  const before = stored({ ports, clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] });
  const after = stored({ ports, clusterIP: 'None', clusterIPs: ['None'] });
  assert.equal(validateServiceUpdate(after, before, 34), [
    'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
  ]);
  assert.equal(validateServiceUpdate(after, before, 16), ['spec.clusterIP: Invalid value: "None": field is immutable']);
  assert.equal(validateServiceUpdate(before, before, 34), []);
});

test('carryOverService() keeps allocated values that the user left out', () => {
  const before = stored({
    type: 'NodePort',
    clusterIP: '10.96.0.7',
    clusterIPs: ['10.96.0.7'],
    ports: [
      { name: 'a', port: 80, nodePort: 30001 },
      { name: 'b', port: 81, nodePort: 30002 },
    ],
  });
  const sent = stored({
    type: 'NodePort',
    ports: [
      { name: 'b', port: 90 },
      { name: 'new', port: 80 },
    ],
  });
  const { spec } = carryOverService(sent, before);
  assert.is(spec.clusterIP, '10.96.0.7');
  assert.equal(
    spec.ports?.map((port) => port.nodePort),
    [30002, undefined],
  );
});

test('carryOverService() lets a change of type drop what the type has no use for', () => {
  const before = stored({ type: 'LoadBalancer', clusterIP: '10.96.0.7', ports: [{ port: 80, nodePort: 30001 }] });
  const sent: Service = { ...before, spec: { ...before.spec, type: 'ClusterIP' } };
  const next = carryOverService(sent, before);
  assert.equal(validateServiceUpdate(next, before, 34), []);
  assert.is(next.spec.ports?.[0]?.nodePort, undefined);
  assert.is(next.spec.externalTrafficPolicy, undefined);
});

test('formatInvalid() is one line for one error, and a starred list for several', () => {
  assert.is(formatInvalid('Service', 'web', ['a: b']), 'The Service "web" is invalid: a: b');
  assert.is(formatInvalid('Service', 'web', ['a', 'b', 'a']), 'The Service "web" is invalid: \n* a\n* b');
  assert.is(invalidMessage('Deployment.apps', 'web', ['a', 'b']), 'Deployment.apps "web" is invalid: [a, b]');
});

test.run();
