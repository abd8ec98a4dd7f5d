/** Chain names against hashes that were computed apart from this program. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  chainHash,
  isServiceChain,
  portChains,
  servicePortName,
} from '../../../../controllers/kube-proxy/iptables/chain.ts';
import { proxyProfile } from '../../../../controllers/kube-proxy/profile.ts';
import { servicePortsOf } from '../../../../controllers/kube-proxy/service-port.ts';
import { service } from './sample.ts';

const test = suite('kube-proxy/iptables/chain');

test('chainHash() gives the names that real clusters have', () => {
  const known = {
    'default/kubernetes:httpstcp': 'NPX46M4PTMTKRN6Y',
    'kube-system/kube-dns:dnsudp': 'TCOU7JCQXEZGVUNU',
    'kube-system/kube-dns:dns-tcptcp': 'ERIFXISQEP7F7OF4',
    'kube-system/kube-dns:metricstcp': 'JD5MR3NA4I4DYORP',
    'default/nginxtcp': '2CMXP7HKUVJN7L6M',
    'default/nginx:tcp': '4N57TFCL4MD7ZTDA',
    'shop/web:httptcp[fd00:10::5]:8080': 'B5CFDNDNSY5Q2PEN',
    'mill/flour:httptcp10.20.2.7:8080': 'O2UX3LG6QMXAC6VO',
  };
  for (const [text, hash] of Object.entries(known)) assert.is(chainHash(text), hash, text);
});

test('servicePortName() of an unnamed port ends in a colon up to 1.18 only, which renames every chain', () => {
  const [port] = servicePortsOf(service('default/web', '10.0.0.1', { port: 80 }), { ...proxyProfile(34), family: 4 });
  assert.is(servicePortName(port!, true), 'default/web:');
  assert.is(servicePortName(port!, false), 'default/web');
  assert.is(portChains(port!, false).service, 'KUBE-SVC-LOLE4ISW44XBNF3G');
  assert.is.not(portChains(port!, true).service, portChains(port!, false).service);
});

test('isServiceChain() knows what kube-proxy may delete', () => {
  for (const kind of ['SVC', 'SVL', 'EXT', 'FW', 'XLB', 'SEP']) assert.ok(isServiceChain(`KUBE-${kind}-ABC`));
  for (const name of ['KUBE-SERVICES', 'KUBE-FIREWALL', 'KUBE-FORWARD', 'MY-SVC-1'])
    assert.not.ok(isServiceChain(name));
});

test.run();
