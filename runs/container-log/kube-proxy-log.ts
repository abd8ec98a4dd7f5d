/**
 * What kube-proxy writes as it starts in iptables mode, with kubeadm's settings: the texts, files and lines of its
 * releases, as their logs show them. After that it is silent.
 * @see kubernetes cmd/kube-proxy/app/server.go, server_linux.go, pkg/proxy/config/config.go
 */
import { type KlogEntry, klogLine } from './klog.ts';
import type { LogLine, Started } from './log-line.ts';

/** Where in a release's sources the lines are written. */
interface Places {
  readonly mode: string;
  readonly nodeIp: string;
  readonly conntrack: string;
  /** That node ports are open everywhere is complained of. */
  readonly nodePorts?: string;
  readonly dualStack: string;
  readonly proxier: string;
  /** It has no network of pods in the other family. */
  readonly detectLocal?: readonly [string, string];
  readonly localnet: string;
  readonly version: string;
  readonly golang: string;
  readonly service: string;
  readonly slice: string;
  readonly serviceRange?: string;
  readonly node: string;
  readonly waiting: string;
  readonly synced: string;
}

const V28: Places = {
  mode: 'server_others.go:69',
  nodeIp: 'node.go:141',
  conntrack: 'conntrack.go:52',
  dualStack: 'server.go:632',
  proxier: 'server_others.go:152',
  detectLocal: ['server_others.go:421', 'server_others.go:438'],
  localnet: 'proxier.go:250',
  version: 'server.go:846',
  golang: 'server.go:848',
  service: 'config.go:188',
  slice: 'config.go:97',
  node: 'config.go:315',
  waiting: 'shared_informer.go:311',
  synced: 'shared_informer.go:318',
};

const V31: Places = {
  mode: 'server_linux.go:66',
  nodeIp: 'server.go:677',
  conntrack: 'conntrack.go:60',
  nodePorts: 'server.go:234',
  dualStack: 'server.go:243',
  proxier: 'server_linux.go:169',
  localnet: 'proxier.go:255',
  version: 'server.go:483',
  golang: 'server.go:485',
  service: 'config.go:197',
  slice: 'config.go:104',
  node: 'config.go:326',
  waiting: 'shared_informer.go:313',
  synced: 'shared_informer.go:320',
};

const V33: Places = {
  mode: 'server_linux.go:63',
  nodeIp: 'server.go:715',
  conntrack: 'conntrack.go:60',
  nodePorts: 'server.go:245',
  dualStack: 'server.go:254',
  proxier: 'server_linux.go:145',
  localnet: 'proxier.go:243',
  version: 'server.go:516',
  golang: 'server.go:518',
  service: 'config.go:199',
  slice: 'config.go:105',
  serviceRange: 'config.go:440',
  node: 'config.go:329',
  waiting: 'shared_informer.go:350',
  synced: 'shared_informer.go:357',
};

/** By minor release; of 1.30 and 1.32 some lines are those of a neighbour. */
const PLACES: Readonly<Record<number, Places>> = {
  28: V28,
  29: {
    ...V28,
    mode: 'server_others.go:72',
    nodeIp: 'server.go:1050',
    conntrack: 'conntrack.go:58',
    dualStack: 'server.go:652',
    proxier: 'server_others.go:168',
    detectLocal: ['server_others.go:512', 'server_others.go:529'],
    localnet: 'proxier.go:246',
    version: 'server.go:865',
    golang: 'server.go:867',
  },
  30: {
    ...V28,
    mode: 'server_linux.go:69',
    nodeIp: 'server.go:1062',
    conntrack: 'conntrack.go:58',
    dualStack: 'server.go:659',
    proxier: 'server_linux.go:165',
    detectLocal: ['server_linux.go:511', 'server_linux.go:528'],
    localnet: 'proxier.go:243',
    version: 'server.go:872',
    golang: 'server.go:874',
    service: 'config.go:192',
    slice: 'config.go:101',
    node: 'config.go:319',
    waiting: 'shared_informer.go:313',
    synced: 'shared_informer.go:320',
  },
  31: V31,
  32: {
    ...V31,
    nodeIp: 'server.go:698',
    version: 'server.go:497',
    golang: 'server.go:499',
    service: 'config.go:199',
    slice: 'config.go:105',
    node: 'config.go:329',
  },
  33: V33,
  34: {
    ...V33,
    mode: 'server_linux.go:53',
    nodeIp: 'server.go:219',
    nodePorts: 'server.go:256',
    dualStack: 'server.go:265',
    proxier: 'server_linux.go:132',
    localnet: 'proxier.go:242',
    version: 'server.go:527',
    golang: 'server.go:529',
    service: 'config.go:200',
    slice: 'config.go:106',
    serviceRange: 'config.go:403',
    node: 'config.go:309',
    waiting: 'shared_informer.go:349',
    synced: 'shared_informer.go:356',
  },
};

/** Releases from which texts differ. */
const NAMED_IPS_MINOR = 29;
const NODE_INFORMER_MINOR = 34;
const STRUCTURED_INFORMER_MINOR = 33;
const FAMILY_MINOR = 30;

const OPEN_NODE_PORTS =
  '"Kube-proxy configuration may be incomplete or incorrect" err="nodePortAddresses is unset; NodePort connections ' +
  'will be accepted on all local IPs. Consider using `--nodeport-addresses primary`"';
const LOCALNET =
  '"Setting route_localnet=1 to allow node-ports on localhost; to change this either disable ' +
  'iptables.localhostNodePorts (--iptables-localhost-nodeports) or set nodePortAddresses (--nodeport-addresses) to ' +
  'filter loopback addresses"';

/** Releases before those that are listed are taken for 1.16, which warns and says no more. */
export function kubeProxyLog(started: Started): readonly LogLine[] {
  const places = PLACES[started.minor];
  const entries = places === undefined ? [unknownMode()] : startEntries(places, started);
  return entries.map((entry) => klogLine(entry, started));
}

function unknownMode(): KlogEntry {
  const message = 'Flag proxy-mode="" unknown, assuming iptables proxy';
  return { severity: 'W', afterUs: 644_676, place: 'server_others.go:329', message };
}

function startEntries(places: Places, started: Started): readonly KlogEntry[] {
  const { minor, nodeIp, conntrackMax, kubernetesVersion } = started;
  const entries: KlogEntry[] = [];
  let afterUs = 380_580;
  const say = (stepUs: number, place: string, message: string, severity: KlogEntry['severity'] = 'I'): void => {
    afterUs += stepUs;
    entries.push({ severity, afterUs, place, message });
  };
  const waiting = (what: string): string =>
    minor >= STRUCTURED_INFORMER_MINOR
      ? `"Waiting for caches to sync" controller="${what}"`
      : `Waiting for caches to sync for ${what}`;
  const synced = (what: string): string =>
    minor >= STRUCTURED_INFORMER_MINOR ? `"Caches are synced" controller="${what}"` : `Caches are synced for ${what}`;
  say(0, places.mode, '"Using iptables proxy"');
  if (minor >= NODE_INFORMER_MINOR) {
    say(61_204, places.waiting, waiting('node informer cache'));
    say(100_871, places.synced, synced('node informer cache'));
    say(96, places.nodeIp, `"Successfully retrieved NodeIPs" NodeIPs=["${nodeIp}"]`);
  } else if (minor >= NAMED_IPS_MINOR)
    say(19_331, places.nodeIp, `"Successfully retrieved node IP(s)" IPs=["${nodeIp}"]`);
  else say(19_331, places.nodeIp, `Successfully retrieved node IP: ${nodeIp}`);
  say(6_905, places.conntrack, `"Setting nf_conntrack_max" nfConntrackMax=${conntrackMax}`);
  if (places.nodePorts !== undefined) say(332, places.nodePorts, OPEN_NODE_PORTS, 'E');
  say(82_284, places.dualStack, '"kube-proxy running in dual-stack mode" primary ipFamily="IPv4"');
  say(139, places.proxier, '"Using iptables Proxier"');
  if (places.detectLocal !== undefined) {
    const [missing, fallback] = places.detectLocal;
    say(67, missing, '"Detect-local-mode set to ClusterCIDR, but no cluster CIDR for family" ipFamily="IPv6"');
    say(21, fallback, '"Defaulting to no-op detect-local"');
  }
  say(30_678, places.localnet, minor >= FAMILY_MINOR ? `${LOCALNET} ipFamily="IPv4"` : LOCALNET);
  say(1_360, places.version, `"Version info" version="v${kubernetesVersion}"`);
  say(156, places.golang, '"Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""');
  const watched: [string, string, string][] = [
    [places.service, 'service config', '"Starting service config controller"'],
    [places.slice, 'endpoint slice config', '"Starting endpoint slice config controller"'],
    ...(places.serviceRange === undefined
      ? []
      : ([[places.serviceRange, 'serviceCIDR config', '"Starting serviceCIDR config controller"']] as [
          string,
          string,
          string,
        ][])),
    [places.node, 'node config', '"Starting node config controller"'],
  ];
  for (const [place, what, message] of watched) {
    say(1_513, place, message);
    say(433, places.waiting, waiting(what));
  }
  afterUs += 95_592;
  for (const [, what] of watched) say(11, places.synced, synced(what));
  return entries;
}
