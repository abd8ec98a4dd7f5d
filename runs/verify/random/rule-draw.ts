/**
 * Draws rules that stand beside kube-proxy's: plain firewalls, what ip-masq-agent and portmap write, and single rules of
 * the matches and targets that are found in real rule sets.
 */
import type { Chance } from './chance.ts';
import { CLOSED_PORT, POD_PORT, type RandomCluster } from './cluster.ts';
import { FOREIGN } from './foreign-draw.ts';
import { RuleText } from './rule-text.ts';
import { drawSets } from './set-draw.ts';

const REFUSALS = [
  'icmp-port-unreachable',
  'icmp-host-unreachable',
  'icmp-net-unreachable',
  'icmp-admin-prohibited',
  'icmp-host-prohibited',
] as const;
const REFUSED = ['DROP', 'REJECT --reject-with icmp-port-unreachable'] as const;
const POD_CIDR = '10.244.0.0/16';
/** The port on a node that a portmap rule forwards. */
export const HOST_PORT = 8088;

/** What is loaded on each machine, by its name. */
export interface DrawnRules {
  readonly rules: Record<string, string[]>;
  readonly ipsets: Record<string, string[]>;
}

/** Rules for some of the machines, or for none. */
export function drawRules(chance: Chance, cluster: RandomCluster): DrawnRules {
  const rules: Record<string, string[]> = {};
  const ipsets: Record<string, string[]> = {};
  for (const { name } of cluster.nodes) {
    if (!chance.happens(0.5)) continue;
    const text = new RuleText();
    if (chance.happens(0.4)) firewall(chance, text);
    if (chance.happens(0.3)) forwardFirewall(chance, text, cluster);
    if (chance.happens(0.2)) masqueradeAgent(text);
    if (chance.happens(0.3)) portMap(chance, text, cluster);
    if (chance.happens(0.35)) chance.of(FOREIGN)(chance, text, cluster);
    if (chance.happens(0.3)) ipsets[name] = drawSets(chance, text, cluster);
    for (let i = chance.between(0, 2); i > 0; i--) single(chance, text, cluster);
    const lines = text.lines();
    if (lines.length > 0) rules[name] = lines;
  }
  for (const { name } of cluster.hosts) {
    if (!chance.happens(0.2)) continue;
    const text = new RuleText();
    if (chance.happens(0.5)) firewall(chance, text);
    else outgoing(chance, text);
    rules[name] = text.lines();
  }
  return { rules, ipsets };
}

/** What a distribution's plain firewall looks like. */
function firewall(chance: Chance, text: RuleText): void {
  if (chance.happens(0.8)) text.rule('filter', 'INPUT -i lo -j ACCEPT');
  if (chance.happens(0.5)) text.rule('filter', 'INPUT -m conntrack --ctstate INVALID -j DROP');
  text.rule('filter', 'INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  if (chance.happens(0.6)) text.rule('filter', 'INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT');
  if (chance.happens(0.5)) text.rule('filter', `INPUT -s ${POD_CIDR} -j ACCEPT`);
  if (chance.happens(0.5)) text.rule('filter', 'INPUT -p udp -m udp --dport 8472 -j ACCEPT');
  if (chance.happens(0.5)) text.rule('filter', 'INPUT -p tcp -m multiport --dports 22,6443,8080,30000:32767 -j ACCEPT');
  else text.rule('filter', 'INPUT -p tcp -m tcp --dport 30000:32767 -j ACCEPT');
  const last = chance.between(0, 3);
  if (last < 2) text.policy('filter', 'INPUT', 'DROP');
  if (last === 2) text.rule('filter', `INPUT -j REJECT --reject-with ${chance.of(REFUSALS)}`);
  if (last === 3) text.rule('filter', 'INPUT -p tcp -m conntrack --ctstate NEW -j REJECT --reject-with tcp-reset');
}

function forwardFirewall(chance: Chance, text: RuleText, { cni, hosts }: RandomCluster): void {
  text.chain('filter', 'SITE-FORWARD');
  text.rule('filter', 'FORWARD -j SITE-FORWARD');
  if (chance.happens(0.7)) text.rule('filter', 'SITE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  if (chance.happens(0.5)) text.rule('filter', 'SITE-FORWARD -m conntrack --ctstate DNAT -j ACCEPT');
  if (chance.happens(0.3)) text.rule('filter', 'SITE-FORWARD -m state --state NEW -p udp -j RETURN');
  if (cni !== 'routed' && chance.happens(0.3))
    text.rule('filter', 'SITE-FORWARD -m physdev --physdev-is-bridged -j ACCEPT');
  if (chance.happens(0.5)) text.rule('filter', `SITE-FORWARD -d ${POD_CIDR} ! -i eth0 -j ACCEPT`);
  if (chance.happens(0.3)) text.rule('filter', `SITE-FORWARD -s ${chance.of(hosts).ip}/32 -j DROP`);
  const last = chance.between(0, 3);
  if (last === 0) text.policy('filter', 'FORWARD', 'DROP');
  if (last === 1)
    text.rule('filter', `SITE-FORWARD -p tcp -m tcp --dport ${POD_PORT.http} -j REJECT --reject-with tcp-reset`);
  if (last === 2) text.rule('filter', `SITE-FORWARD ! -s ${POD_CIDR} -j REJECT --reject-with ${chance.of(REFUSALS)}`);
}

/** @see https://github.com/kubernetes-sigs/ip-masq-agent */
function masqueradeAgent(text: RuleText): void {
  text.chain('nat', 'IP-MASQ-AGENT');
  text.rule('nat', 'POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT');
  text.rule('nat', 'IP-MASQ-AGENT -d 10.0.0.0/8 -j RETURN');
  text.rule('nat', 'IP-MASQ-AGENT -d 192.168.0.0/16 -j RETURN');
  text.rule('nat', 'IP-MASQ-AGENT -j MASQUERADE');
}

/** A hostPort as the CNI plug-in portmap writes it. @see https://www.cni.dev/plugins/current/meta/portmap/ */
function portMap(chance: Chance, text: RuleText, { pods }: RandomCluster): void {
  const pod = chance.from(pods.filter(({ ip }) => ip !== undefined));
  if (pod === undefined) return;
  for (const chain of ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-SETMARK', 'CNI-HOSTPORT-MASQ', 'CNI-DN-0123456789'])
    text.chain('nat', chain);
  for (const hook of ['PREROUTING', 'OUTPUT'])
    text.rule('nat', `${hook} -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT`);
  text.rule('nat', 'POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ');
  const port = `-p tcp -m tcp --dport ${HOST_PORT}`;
  text.rule('nat', `CNI-HOSTPORT-DNAT -p tcp -m multiport --dports ${HOST_PORT} -j CNI-DN-0123456789`);
  text.rule('nat', 'CNI-HOSTPORT-SETMARK -j MARK --set-xmark 0x2000/0x2000');
  text.rule('nat', 'CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE');
  text.rule('nat', `CNI-DN-0123456789 -s ${pod.ip}/32 ${port} -j CNI-HOSTPORT-SETMARK`);
  text.rule('nat', `CNI-DN-0123456789 -s 127.0.0.1/32 ${port} -j CNI-HOSTPORT-SETMARK`);
  text.rule('nat', `CNI-DN-0123456789 ${port} -j DNAT --to-destination ${pod.ip}:${POD_PORT.http}`);
}

/** One rule of a kind that is met in the wild. */
function single(chance: Chance, text: RuleText, { nodes, hosts, services }: RandomCluster): void {
  const host = chance.of(hosts).ip;
  const clusterIP = chance.from(services)?.clusterIP ?? '10.96.0.20';
  const kinds: (() => void)[] = [
    () => text.rule('raw', `PREROUTING -s ${host}/32 -p tcp -m tcp --dport 30000:32767 -j DROP`),
    () => text.rule('raw', `PREROUTING -d ${chance.of(nodes).ip}/32 -p tcp -m tcp --dport ${CLOSED_PORT} -j NOTRACK`),
    () => text.rule('raw', `PREROUTING -p udp -m udp --dport ${POD_PORT.dns} -j NOTRACK`),
    () => text.rule('mangle', `PREROUTING -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j MARK --set-xmark 0x10/0xff`),
    () => {
      text.rule('mangle', `PREROUTING -s ${host}/32 -j MARK --set-xmark 0x8/0x8`);
      text.rule('filter', 'FORWARD -m mark --mark 0x8/0x8 -j REJECT --reject-with icmp-admin-prohibited');
    },
    () => text.rule('mangle', 'POSTROUTING -m ttl --ttl-lt 63 -m length --length 0:60 -j ACCEPT'),
    () => text.rule('filter', `OUTPUT -d ${host}/32 -p tcp -j REJECT --reject-with tcp-reset`),
    () => text.rule('filter', `OUTPUT -d ${clusterIP}/32 -j DROP`),
    () => text.rule('filter', 'FORWARD -m iprange --src-range 198.51.100.8-198.51.100.9 -j DROP'),
    () => text.rule('filter', 'FORWARD -p icmp -m icmp --icmp-type 8 -j DROP'),
    () => text.rule('nat', `PREROUTING -p tcp -m tcp --dport 8090 -j REDIRECT --to-ports 6443`),
    () => text.rule('nat', `PREROUTING -d ${clusterIP}/32 -p tcp -j DNAT --to-destination ${host}:80`),
    () => text.rule('nat', `OUTPUT -d 203.0.113.50/32 -p tcp -j DNAT --to-destination ${chance.of(hosts).ip}`),
    () => text.rule('nat', `POSTROUTING -s ${POD_CIDR} -d ${host}/32 -o eth0 -j MASQUERADE --random-fully`),
    () => text.rule('nat', `POSTROUTING -d ${host}/32 -p tcp -j MASQUERADE --to-ports 20000-20003`),
    () => text.rule('nat', `INPUT -s ${host}/32 -p tcp -j SNAT --to-source 203.0.113.77`),
    () => {
      text.rule('filter', 'INPUT -p tcp -m conntrack --ctstate NEW -m recent --set --name seen');
      text.rule('filter', 'INPUT -p tcp -m recent --update --seconds 3600 --hitcount 9 --name seen -j DROP');
    },
    () => {
      text.rule('filter', 'FORWARD -m conntrack --ctstate NEW -m limit --limit 1/hour --limit-burst 3 -j ACCEPT');
      text.rule('filter', `FORWARD -p tcp -m tcp --dport ${POD_PORT.echo} -m conntrack --ctstate NEW -j DROP`);
    },
    () => {
      text.rule('mangle', `PREROUTING -s ${host}/32 -m conntrack --ctstate NEW -j CONNMARK --set-xmark 0x20/0xff`);
      text.rule('mangle', 'PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff');
      text.rule('filter', 'INPUT -m mark --mark 0x20/0xff -p udp -j DROP');
    },
    () => {
      const mss = chance.of(['--set-mss 1000', '--clamp-mss-to-pmtu']);
      text.rule('mangle', `FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS ${mss}`);
    },
    () => {
      text.rule('filter', `${chance.of(['INPUT', 'FORWARD'])} -m limit --limit 5/min -j LOG --log-prefix "seen "`);
      text.rule('filter', 'FORWARD -p tcp -j NFLOG --nflog-prefix through --nflog-group 5');
    },
    () => {
      const limit = '--hashlimit-upto 1/hour --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name open';
      text.rule('filter', `FORWARD -p tcp -m conntrack --ctstate NEW -m hashlimit ${limit} -j ACCEPT`);
      text.rule('filter', 'FORWARD -p tcp -m conntrack --ctstate NEW -j REJECT --reject-with tcp-reset');
    },
    () => text.rule('nat', `POSTROUTING -d ${host}/32 -j SNAT --to-source 203.0.113.80-203.0.113.83`),
    () => text.rule('nat', 'PREROUTING -p tcp -m tcp --dport 8090 -j DNAT --to-destination 198.51.100.7-198.51.100.9'),
    () => text.rule('filter', `FORWARD -m conntrack --ctorigdst ${clusterIP}/32 --ctdir REPLY -j DROP`),
    () => text.rule('filter', `INPUT -m conntrack --ctstate DNAT,SNAT --ctproto 6 -j ${chance.of(REFUSED)}`),
    () => text.rule('raw', `${chance.of(['PREROUTING', 'OUTPUT'])} -d ${clusterIP}/32 -j CT --notrack`),
    () => text.rule('raw', 'PREROUTING -m pkttype --pkt-type unicast -m rpfilter --invert -j DROP'),
    () =>
      text.rule('filter', `OUTPUT -p udp -m owner --uid-owner 0 -m multiport --dports 9,5353 -j ${chance.of(REFUSED)}`),
    () =>
      text.rule('filter', `FORWARD -m physdev ${chance.of(['--physdev-is-in', '--physdev-is-out'])} -p udp -j DROP`),
    () => {
      text.rule('mangle', `PREROUTING -p tcp -m tcp --dport 30000:32767 -j CONNMARK --set-xmark 0x40/0x40`);
      text.rule(
        'mangle',
        `POSTROUTING -m connmark --mark 0x40/0x40 -m conntrack --ctdir ORIGINAL -j ${chance.of(['ACCEPT', 'DROP'])}`,
      );
    },
    () => text.rule('mangle', 'OUTPUT -p tcp -m tcp --sport 6443 -j MARK --set-xmark 0x4000/0x4000'),
    () =>
      text.rule(
        'nat',
        `POSTROUTING -s ${POD_CIDR} ! -d ${POD_CIDR} -p udp -j SNAT --to-source ${chance.of(nodes).ip}:40000-40003`,
      ),
    () =>
      text.rule('nat', `PREROUTING -i eth0 -p tcp -m tcp --dport 8090:8099 -j DNAT --to-destination ${clusterIP}:80`),
  ];
  chance.of(kinds)();
}

/** What a machine outside does to its own packets. */
function outgoing(chance: Chance, text: RuleText): void {
  if (chance.happens(0.5))
    text.rule('filter', 'OUTPUT -p tcp -m tcp --dport 30000:30089 -j REJECT --reject-with tcp-reset');
  else text.rule('filter', 'OUTPUT -p udp -j DROP');
  text.rule('mangle', 'OUTPUT -m owner --uid-owner 65534 -j DROP');
}
