/** Variables of containers. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configFault, type FindConfig } from '../../../controllers/environment/config-source.ts';
import { containerEnvironment } from '../../../controllers/environment/container-environment.ts';
import { expandReferences } from '../../../controllers/environment/expansion.ts';
import { serviceVariables } from '../../../controllers/environment/service-variables.ts';
import { defaultSecret } from '../../../controllers/object/config-map.ts';
import { defaultPod } from '../../../controllers/object/pod-defaults.ts';
import type { Service } from '../../../controllers/object/service.ts';
import { defaultService } from '../../../controllers/object/service-defaults.ts';

const test = suite('container-environment');

const CONFIGS: FindConfig = (kind, name) => {
  const given = { apiVersion: 'v1', kind, metadata: { name, namespace: 'default' } } as const;
  if (kind === 'ConfigMap' && name === 'shop')
    return { ...given, kind, data: { COLOUR: 'blue', 'a b': 'no name', SIZE: '3', WEB_PORT: 'own' } };
  if (kind === 'Secret' && name === 'key')
    return defaultSecret({ ...given, data: { old: 'dMO2Ng==' }, stringData: { TOKEN: 'tö\n' } });
  return undefined;
};

function service(name: string, spec: object, namespace = 'default'): Service {
  return defaultService({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec }, 33);
}

const web = service('web', { clusterIP: '10.96.0.7', ports: [{ port: 80 }] });

function environment(spec: object, services: readonly Service[], namespace = 'default'): Record<string, string> {
  const pod = defaultPod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client', namespace, labels: { app: 'web' } },
    spec: {
      nodeName: 'node1',
      containers: [{ name: 'c', image: 'curl', ...spec }],
      ...('pod' in spec ? (spec.pod as object) : {}),
    },
  });
  const started = {
    pod,
    ips: ['10.244.0.2'],
    nodeIps: ['198.51.100.1'],
    services,
    configs: CONFIGS,
    allocatable: { cpu: '4' },
  };
  return Object.fromEntries(containerEnvironment(pod.spec.containers[0]!, started));
}

test('serviceVariables() has the names of Docker links, in order, and a variable for each named port', () => {
  const ports = [
    { name: 'http', port: 80 },
    { name: 'dns.udp', port: 53, protocol: 'UDP' },
  ];
  assert.equal(
    serviceVariables([service('my-svc.v2', { clusterIP: '10.96.0.7', ports })]).map((pair) => pair.join('=')),
    [
      'MY_SVC_V2_SERVICE_HOST=10.96.0.7',
      'MY_SVC_V2_SERVICE_PORT=80',
      'MY_SVC_V2_SERVICE_PORT_HTTP=80',
      'MY_SVC_V2_SERVICE_PORT_DNS_UDP=53',
      'MY_SVC_V2_PORT=tcp://10.96.0.7:80',
      'MY_SVC_V2_PORT_80_TCP=tcp://10.96.0.7:80',
      'MY_SVC_V2_PORT_80_TCP_PROTO=tcp',
      'MY_SVC_V2_PORT_80_TCP_PORT=80',
      'MY_SVC_V2_PORT_80_TCP_ADDR=10.96.0.7',
      'MY_SVC_V2_PORT_53_UDP=udp://10.96.0.7:53',
      'MY_SVC_V2_PORT_53_UDP_PROTO=udp',
      'MY_SVC_V2_PORT_53_UDP_PORT=53',
      'MY_SVC_V2_PORT_53_UDP_ADDR=10.96.0.7',
    ],
  );
});

test('serviceVariables() leaves out Services without an address', () => {
  const without = [
    service('a', { clusterIP: 'None', ports: [{ port: 80 }] }),
    service('b', { type: 'ExternalName', externalName: 'www.example.com' }),
    service('c', { ports: [{ port: 80 }] }),
  ];
  assert.equal(serviceVariables(without), []);
});

test('serviceVariables() puts an underscore before a digit and brackets around IPv6', () => {
  const names = serviceVariables([service('3scale', { clusterIP: 'fd00::7', ports: [{ port: 80 }] })]);
  assert.equal(names[0], ['_3SCALE_SERVICE_HOST', 'fd00::7']);
  assert.equal(names[2], ['_3SCALE_PORT', 'tcp://[fd00::7]:80']);
});

test('expandReferences() fills in what is known, halves dollar signs and leaves the rest', () => {
  const known: Readonly<Record<string, string>> = { A: '1', B: '$(A)' };
  const expand = (text: string): string => expandReferences(text, (name) => known[name]);
  assert.is(expand('x$(A)y$(B)'), 'x1y$(A)');
  assert.is(expand('$$(A) $$$(A) $$$$(A)'), '$(A) $1 $$(A)');
  assert.is(expand('$(C) $( $A $ $(A'), '$(C) $( $A $ $(A');
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('$')),
      (text) => expand(text) === text,
    ),
  );
});

test('containerEnvironment() tells of the namespace, and everywhere of the API server', () => {
  const kubernetes = service('kubernetes', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] });
  const other = service('db', { clusterIP: '10.96.0.9', ports: [{ port: 5432 }] }, 'shop');
  const services = [web, kubernetes, other];
  const hosts = (spec: object, namespace?: string): string[] =>
    Object.keys(environment(spec, services, namespace)).filter((name) => name.endsWith('_SERVICE_HOST'));
  assert.equal(hosts({}), ['KUBERNETES_SERVICE_HOST', 'WEB_SERVICE_HOST']);
  assert.equal(hosts({}, 'shop'), ['DB_SERVICE_HOST', 'KUBERNETES_SERVICE_HOST']);
  assert.equal(hosts({ pod: { enableServiceLinks: false } }), ['KUBERNETES_SERVICE_HOST']);
});

test('containerEnvironment() expands references to what stands before, and to Services', () => {
  const env = [
    { name: 'URL', value: 'http://$(WEB_SERVICE_HOST):$(WEB_SERVICE_PORT)/$(LATER)' },
    { name: 'LATER', value: '$$(URL)' },
    { name: 'TWICE', value: '$(URL) $(LATER)' },
    { name: 'WEB_PORT', value: '$(WEB_PORT)' },
  ];
  const found = environment({ env }, [web]);
  assert.is(found['URL'], 'http://10.96.0.7:80/$(LATER)');
  assert.is(found['LATER'], '$(URL)');
  assert.is(found['TWICE'], 'http://10.96.0.7:80/$(LATER) $(URL)');
  // The container's own name hides the Service's, also from itself.
  assert.is(found['WEB_PORT'], '$(WEB_PORT)');
});

test('containerEnvironment() takes keys of ConfigMaps and Secrets, all of them by envFrom, where they are there', () => {
  const ref = (name: string, kind: string, of: string, key: string, optional = false): object => ({
    name,
    valueFrom: { [kind]: { name: of, key, optional } },
  });
  const env = [
    ref('COLOUR', 'configMapKeyRef', 'shop', 'COLOUR'),
    ref('PASSWORD', 'secretKeyRef', 'key', 'old'),
    ref('ABSENT', 'secretKeyRef', 'nowhere', 'old'),
    ref('PERHAPS', 'configMapKeyRef', 'shop', 'none', true),
    { name: 'SIZE', value: '$(COLOUR)-$(S_TOKEN)' },
  ];
  const envFrom = [{ configMapRef: { name: 'shop' } }, { prefix: 'S_', secretRef: { name: 'key' } }];
  assert.equal(environment({ env, envFrom, pod: { enableServiceLinks: false } }, [web]), {
    COLOUR: 'blue',
    SIZE: 'blue-tö\n',
    WEB_PORT: 'own',
    S_old: 'tö6',
    S_TOKEN: 'tö\n',
    PASSWORD: 'tö6',
  });
  // What envFrom brings hides a Service's variable of that name.
  assert.is(environment({ envFrom }, [web])['WEB_PORT'], 'own');
});

test('configFault() is a key that its object lacks; an object that is not there at all holds nobody back', () => {
  const pod = defaultPod({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: {} });
  const fault = (valueFrom: object): string | undefined =>
    configFault({ name: 'c', env: [{ name: 'X', valueFrom }] }, pod, CONFIGS);
  const missing = "couldn't find key none in ConfigMap default/shop";
  assert.is(fault({ configMapKeyRef: { name: 'shop', key: 'none' } }), missing);
  assert.is(fault({ secretKeyRef: { name: 'key', key: 'none' } }), "couldn't find key none in Secret default/key");
  assert.is(fault({ configMapKeyRef: { name: 'shop', key: 'none', optional: true } }), undefined);
  assert.is(fault({ configMapKeyRef: { name: 'shop', key: 'SIZE' } }), undefined);
  assert.is(fault({ configMapKeyRef: { name: 'nowhere', key: 'none' } }), undefined);
});

test('containerEnvironment() rounds resources up to whole divisors, and takes the node for limits that are not set', () => {
  const resources = { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '1G' } };
  const from = (name: string, resource: string, divisor?: string): object => ({
    name,
    valueFrom: { resourceFieldRef: { resource, ...(divisor === undefined ? {} : { divisor }) } },
  });
  const env = [
    from('CORES', 'requests.cpu'),
    from('MILLI', 'requests.cpu', '1m'),
    from('MEBI', 'requests.memory', '1Mi'),
    from('MEBIS', 'limits.memory', '1Mi'),
    from('NODE', 'limits.cpu'),
    from('DISK', 'requests.ephemeral-storage'),
    from('UNKNOWN', 'limits.ephemeral-storage'),
  ];
  assert.equal(environment({ env, resources }, []), {
    CORES: '1',
    MILLI: '250',
    MEBI: '64',
    MEBIS: '954',
    NODE: '4',
    DISK: '0',
  });
});

test('containerEnvironment() knows the fields of the pod, and leaves out what is not there', () => {
  const from = (name: string, valueFrom: object): object => ({ name, valueFrom });
  const field = (name: string, fieldPath: string): object => from(name, { fieldRef: { fieldPath } });
  const env = [
    field('NAME', 'metadata.name'),
    field('SPACE', 'metadata.namespace'),
    field('IP', 'status.podIP'),
    field('HOST', 'status.hostIP'),
    field('NODE', 'spec.nodeName'),
    field('APP', "metadata.labels['app']"),
    from('KEY', { secretKeyRef: { name: 's', key: 'k' } }),
    { name: 'EMPTY' },
  ];
  assert.equal(environment({ env }, []), {
    NAME: 'client',
    SPACE: 'default',
    IP: '10.244.0.2',
    HOST: '198.51.100.1',
    NODE: 'node1',
    APP: 'web',
    EMPTY: '',
  });
});

test.run();
