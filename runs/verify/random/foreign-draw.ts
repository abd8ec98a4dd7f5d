/**
 * Rule sets of programs that stand beside kube-proxy on real nodes, cut to what says something about packets: the shape is
 * theirs, the addresses are the random cluster's.
 */
import type { Chance } from './chance.ts';
import { CLOSED_PORT, POD_PORT, type RandomCluster } from './cluster.ts';
import type { RuleText } from './rule-text.ts';

type Foreign = (chance: Chance, text: RuleText, cluster: RandomCluster) => void;

/** @see https://docs.docker.com/engine/network/packet-filtering-firewalls/ */
const docker: Foreign = (chance, text) => {
  for (const chain of ['DOCKER', 'DOCKER-ISOLATION-STAGE-1', 'DOCKER-ISOLATION-STAGE-2', 'DOCKER-USER'])
    text.chain('filter', chain);
  text.chain('nat', 'DOCKER');
  const { rule } = appender(text, 'filter');
  rule('FORWARD -j DOCKER-USER');
  rule('FORWARD -j DOCKER-ISOLATION-STAGE-1');
  rule('FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  rule('FORWARD -o docker0 -j DOCKER');
  rule('FORWARD -i docker0 ! -o docker0 -j ACCEPT');
  rule('DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2');
  rule('DOCKER-ISOLATION-STAGE-1 -j RETURN');
  rule('DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP');
  rule('DOCKER-USER -j RETURN');
  if (chance.happens(0.4)) text.policy('filter', 'FORWARD', 'DROP');
  text.rule('nat', 'PREROUTING -m addrtype --dst-type LOCAL -j DOCKER');
  text.rule('nat', 'OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER');
  text.rule('nat', 'POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE');
  text.rule('nat', 'DOCKER -i docker0 -j RETURN');
  text.rule('nat', `DOCKER ! -i docker0 -p tcp -m tcp --dport ${CLOSED_PORT} -j DNAT --to-destination 172.17.0.2:80`);
};

/** @see https://manpages.debian.org/bookworm/ufw/ufw-framework.8.en.html */
const ufw: Foreign = (chance, text) => {
  const { rule, chain } = appender(text, 'filter');
  for (const hook of ['input', 'forward', 'output']) {
    chain(`ufw-before-${hook}`);
    chain(`ufw-after-${hook}`);
    chain(`ufw-user-${hook}`);
    rule(`${hook.toUpperCase()} -j ufw-before-${hook}`);
    rule(`${hook.toUpperCase()} -j ufw-after-${hook}`);
  }
  chain('ufw-not-local');
  chain('ufw-logging-deny');
  rule('ufw-before-input -i lo -j ACCEPT');
  rule('ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  rule('ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny');
  rule('ufw-before-input -m conntrack --ctstate INVALID -j DROP');
  for (const type of [3, 11, 12, 8]) rule(`ufw-before-input -p icmp -m icmp --icmp-type ${type} -j ACCEPT`);
  rule('ufw-before-input -j ufw-not-local');
  rule('ufw-before-input -j ufw-user-input');
  rule('ufw-not-local -m addrtype --dst-type LOCAL -j RETURN');
  rule('ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN');
  rule('ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN');
  rule('ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny');
  rule('ufw-not-local -j DROP');
  rule('ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  rule('ufw-before-forward -p icmp -m icmp --icmp-type 8 -j ACCEPT');
  rule('ufw-before-forward -j ufw-user-forward');
  rule('ufw-before-output -o lo -j ACCEPT');
  rule('ufw-before-output -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  rule('ufw-before-output -j ufw-user-output');
  rule('ufw-logging-deny -m conntrack --ctstate INVALID -m limit --limit 3/min --limit-burst 10 -j RETURN');
  rule('ufw-after-forward -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "');
  rule('ufw-user-input -p udp -m udp --dport 8472 -j ACCEPT');
  rule(`ufw-user-input -p tcp -m multiport --dports ${chance.of(['22,6443', '6443,30000:32767', '80,443'])} -j ACCEPT`);
  if (chance.happens(0.5)) rule('ufw-user-forward -d 10.244.0.0/16 -j ACCEPT');
  if (chance.happens(0.7)) text.policy('filter', 'INPUT', 'DROP');
  if (chance.happens(0.4)) text.policy('filter', 'FORWARD', 'DROP');
};

/** @see https://github.com/projectcalico/calico felix/rules */
const felix: Foreign = (chance, text, { cni }) => {
  const pods = cni === 'routed' ? 'cali+' : 'cni0';
  const raw = appender(text, 'raw');
  for (const name of ['cali-PREROUTING', 'cali-OUTPUT', 'cali-rpf-skip']) raw.chain(name);
  raw.rule('PREROUTING -j cali-PREROUTING');
  raw.rule('OUTPUT -j cali-OUTPUT');
  raw.rule('cali-PREROUTING -j MARK --set-xmark 0x0/0xf0000');
  raw.rule(`cali-PREROUTING -i ${pods} -j MARK --set-xmark 0x40000/0x40000`);
  raw.rule('cali-PREROUTING -m mark --mark 0x40000/0x40000 -j cali-rpf-skip');
  raw.rule('cali-PREROUTING -m mark --mark 0x40000/0x40000 -m rpfilter --validmark --invert -j DROP');
  raw.rule('cali-PREROUTING -m mark --mark 0x10000/0x10000 -j ACCEPT');
  if (chance.happens(0.3)) raw.rule('cali-PREROUTING -p udp -m udp --dport 8472 -j NOTRACK');
  if (chance.happens(0.3)) raw.rule('cali-OUTPUT -p udp -m udp --dport 8472 -j NOTRACK');
  raw.rule('cali-OUTPUT -j MARK --set-xmark 0x0/0xf0000');
  const { rule, chain } = appender(text, 'filter');
  for (const name of ['cali-FORWARD', 'cali-INPUT', 'cali-from-wl', 'cali-to-wl', 'cali-wl-to-host']) chain(name);
  rule('INPUT -j cali-INPUT');
  rule('FORWARD -j cali-FORWARD');
  rule('FORWARD -m mark --mark 0x10000/0x10000 -j ACCEPT');
  rule('FORWARD -j MARK --set-xmark 0x10000/0x10000');
  rule('cali-FORWARD -j MARK --set-xmark 0x0/0xe0000');
  rule(`cali-FORWARD -i ${pods} -j cali-from-wl`);
  rule(`cali-FORWARD -o ${pods} -j cali-to-wl`);
  rule(`cali-INPUT -i ${pods} -g cali-wl-to-host`);
  rule('cali-INPUT -m mark --mark 0x10000/0x10000 -j ACCEPT');
  for (const name of ['cali-from-wl', 'cali-to-wl']) {
    rule(`${name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`);
    rule(`${name} -m conntrack --ctstate INVALID -j DROP`);
    rule(`${name} -j MARK --set-xmark 0x0/0x10000`);
  }
  rule('cali-from-wl -p udp -m multiport --dports 4789 -j DROP');
  rule('cali-from-wl -j MARK --set-xmark 0x10000/0x10000');
  const allowed = chance.of(['-p tcp -m multiport --dports 80,8080,9100', '-p udp', '-p tcp']);
  rule(`cali-to-wl ${allowed} -j MARK --set-xmark 0x10000/0x10000`);
  rule('cali-to-wl -m mark --mark 0x10000/0x10000 -j RETURN');
  rule('cali-to-wl -j DROP');
  rule('cali-wl-to-host -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  rule(`cali-wl-to-host -p udp -m udp --dport 53 -j ACCEPT`);
  rule(`cali-wl-to-host -j ${chance.of(['ACCEPT', 'DROP', 'RETURN'])}`);
};

/** @see https://github.com/aws/amazon-vpc-cni-k8s */
const vpc: Foreign = (_chance, text, { nodes, cni }) => {
  const { rule, chain } = appender(text, 'nat');
  chain('AWS-CONNMARK-CHAIN-0');
  chain('AWS-SNAT-CHAIN-0');
  rule(`PREROUTING -i ${cni === 'routed' ? 'cali+' : 'cni0'} -j AWS-CONNMARK-CHAIN-0`);
  rule('PREROUTING -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80');
  rule('POSTROUTING -j AWS-SNAT-CHAIN-0');
  rule('AWS-CONNMARK-CHAIN-0 -d 10.0.0.0/8 -j RETURN');
  rule('AWS-CONNMARK-CHAIN-0 -j CONNMARK --set-xmark 0x80/0x80');
  rule('AWS-SNAT-CHAIN-0 -d 10.0.0.0/8 -j RETURN');
  const to = `SNAT --to-source ${nodes[0]!.ip} --random-fully`;
  rule(`AWS-SNAT-CHAIN-0 ! -o vlan+ -m addrtype ! --dst-type LOCAL -j ${to}`);
};

/** @see https://github.com/istio/istio tools/istio-iptables: a sidecar's shape, on a node */
const sidecar: Foreign = (chance, text) => {
  const { rule, chain } = appender(text, 'nat');
  for (const name of ['ISTIO_INBOUND', 'ISTIO_IN_REDIRECT', 'ISTIO_OUTPUT', 'ISTIO_REDIRECT']) chain(name);
  rule('PREROUTING -p tcp -j ISTIO_INBOUND');
  rule('OUTPUT -p tcp -j ISTIO_OUTPUT');
  rule('ISTIO_INBOUND -p tcp -m tcp --dport 15008 -j RETURN');
  rule(`ISTIO_INBOUND -p tcp -m tcp --dport ${chance.of([POD_PORT.http, 8090])} -j ISTIO_IN_REDIRECT`);
  rule('ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 6443');
  rule('ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN');
  rule('ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT');
  rule('ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN');
  rule('ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN');
  rule(`ISTIO_OUTPUT -p tcp -m tcp --dport ${chance.of([CLOSED_PORT, 80])} -j ISTIO_REDIRECT`);
  rule('ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 6443');
};

function appender(text: RuleText, table: Parameters<RuleText['rule']>[0]) {
  return { rule: (rule: string) => text.rule(table, rule), chain: (name: string) => text.chain(table, name) };
}

/** Each kind as often as the others. */
export const FOREIGN: readonly Foreign[] = [docker, ufw, felix, vpc, sidecar];
