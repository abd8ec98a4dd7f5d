/**
 * The kernel settings that the model obeys, by their sysctl names, with the defaults of a Linux host. What is set but
 * not known here is kept and shown, and changes nothing.
 */

export interface Sysctls {
  readonly values: Map<string, string>;
  ipForward: boolean;
  rpFilterAll: number;
  routeLocalnet: boolean;
  sendRedirects: boolean;
  bridgeCallIptables: boolean;
  portLow: number;
  portHigh: number;
  defaultTtl: number;
}

const DEFAULTS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '0',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.all.route_localnet': '0',
  // A host that is told of a better way goes on as before here, so by default nobody tells.
  'net.ipv4.conf.all.send_redirects': '0',
  'net.ipv4.conf.default.send_redirects': '0',
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.ipv4.ip_local_port_range': '32768 60999',
  'net.ipv4.ip_default_ttl': '64',
};

export function sysctls(settings: Readonly<Record<string, string | number>> = {}): Sysctls {
  const record: Sysctls = {
    values: new Map(),
    ipForward: false,
    rpFilterAll: 0,
    routeLocalnet: false,
    sendRedirects: false,
    bridgeCallIptables: true,
    portLow: 32768,
    portHigh: 60999,
    defaultTtl: 64,
  };
  for (const [name, value] of Object.entries({ ...DEFAULTS, ...settings })) setSysctl(record, name, String(value));
  return record;
}

/** Sets one value; also takes the names with slashes, as files under /proc/sys are named. */
export function setSysctl(record: Sysctls, name: string, value: string): void {
  const key = name.includes('/') ? name.replaceAll('/', '.') : name;
  record.values.set(key, value);
  switch (key) {
    case 'net.ipv4.ip_forward':
      record.ipForward = value !== '0';
      break;
    case 'net.ipv4.conf.all.rp_filter':
      record.rpFilterAll = Number(value);
      break;
    case 'net.ipv4.conf.all.route_localnet':
      record.routeLocalnet = value !== '0';
      break;
    case 'net.ipv4.conf.all.send_redirects':
      record.sendRedirects = value !== '0';
      break;
    case 'net.bridge.bridge-nf-call-iptables':
      record.bridgeCallIptables = value !== '0';
      break;
    case 'net.ipv4.ip_default_ttl':
      record.defaultTtl = Number(value);
      break;
    case 'net.ipv4.ip_local_port_range': {
      const [low, high] = value.trim().split(/\s+/).map(Number);
      record.portLow = low!;
      record.portHigh = high!;
      break;
    }
  }
}

/** The settings that are plain numbers, by name. */
export function numbersOf(record: Sysctls): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [name, value] of record.values) if (/^\d+$/.test(value)) numbers[name] = Number(value);
  return numbers;
}
