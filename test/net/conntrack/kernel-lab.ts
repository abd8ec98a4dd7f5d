/**
 * A client, a router and a server as network namespaces of this machine, and raw packets sent through the router's
 * connection tracking. For comparing the model with the kernel; needs root, iproute2, iptables, conntrack and python3.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { parseRaw, type Seen } from './raw-packet.ts';

export const CLIENT = '10.91.1.2';
export const SERVER = '10.91.2.2';
export const ROUTER_INSIDE = '10.91.1.1';
export const ROUTER_OUTSIDE = '10.91.2.1';

/** Sends and catches IP packets inside the namespaces, one order a line. */
const AGENT = `
import ctypes, json, os, socket, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def enter(name):
    fd = os.open('/var/run/netns/' + name, os.O_RDONLY)
    if libc.setns(fd, 0x40000000): raise OSError(ctypes.get_errno(), 'setns')
    os.close(fd)
senders, ears = {}, {}
prefix = sys.argv[1]
for side in 'cs':
    enter(prefix + side)
    senders[side] = socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)
    ears[side] = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    ears[side].bind(('eth0', 0x0800)); ears[side].setblocking(False)
    ears[side].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
enter(prefix + 'r')
def heard():
    out = []
    for side in 'cs':
        while True:
            try: data, address = ears[side].recvfrom(2048)
            except BlockingIOError: break
            if address[2] == 0: out.append([side, data.hex()])
    return out
def run(argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    return [done.returncode, done.stdout, done.stderr]
for line in sys.stdin:
    order = json.loads(line)
    if 'send' in order:
        data = bytes.fromhex(order['hex'])
        senders[order['send']].sendto(data, (socket.inet_ntoa(data[16:20]), 0))
        time.sleep(0.002)
        answer = heard()
    elif 'many' in order:
        for text in order['many']:
            data = bytes.fromhex(text)
            senders[order['side']].sendto(data, (socket.inet_ntoa(data[16:20]), 0))
        time.sleep(0.05)
        answer = len(heard())
    elif 'run' in order: answer = run(order['run'])
    else: answer = None
    print(json.dumps(answer), flush=True)
`;

function sh(text: string): void {
  execFileSync('sh', ['-ec', text], { stdio: 'pipe' });
}

/** Why no lab can be had here, or `undefined`. */
export function labHindrance(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  for (const tool of ['ip', 'iptables-legacy', 'conntrack', 'python3']) {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'pipe' });
    } catch {
      return `no ${tool}`;
    }
  }
  try {
    sh(`ip netns add kcthind${process.pid} && ip netns del kcthind${process.pid}`);
  } catch {
    return 'no network namespaces';
  }
  return undefined;
}

export class KernelLab {
  readonly #prefix: string;
  readonly #agent: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((text: string) => void)[] = [];

  constructor() {
    const p = `kct${process.pid}`;
    this.#prefix = p;
    const setUp = ['c', 's', 'r'].map((n) => `ip netns add ${p}${n}; ip -n ${p}${n} link set lo up`);
    sh(`${setUp.join('\n')}
      ip -n ${p}c link add eth0 type veth peer name in netns ${p}r
      ip -n ${p}s link add eth0 type veth peer name out netns ${p}r
      ip -n ${p}c addr add ${CLIENT}/24 dev eth0; ip -n ${p}s addr add ${SERVER}/24 dev eth0
      ip -n ${p}r addr add ${ROUTER_INSIDE}/24 dev in; ip -n ${p}r addr add ${ROUTER_OUTSIDE}/24 dev out
      for n in c s; do ip -n ${p}$n link set eth0 up; done
      for l in in out; do ip -n ${p}r link set $l up; done
      ip -n ${p}c route add default via ${ROUTER_INSIDE}; ip -n ${p}s route add default via ${ROUTER_OUTSIDE}
      ip netns exec ${p}r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.in.rp_filter=0 net.ipv4.conf.out.rp_filter=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.icmp_ratelimit=0
      for n in c s; do ip netns exec ${p}$n iptables-legacy -w 5 -I INPUT -j DROP; done
      for s in INVALID NEW ESTABLISHED RELATED; do ip netns exec ${p}r iptables-legacy -w 5 -t mangle -A PREROUTING -m conntrack --ctstate $s; done`);
    this.#agent = spawn('python3', ['-u', '-c', AGENT, p], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#agent.stdout! });
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line));
  }

  #order(order: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push((line) => resolve(JSON.parse(line)));
      this.#agent.stdin!.write(`${JSON.stringify(order)}\n`);
    });
  }

  /** Sends a packet from the client ('c') or the server ('s'). @returns what arrived where because of it */
  async send(side: 'c' | 's', bytes: Buffer): Promise<{ side: 'c' | 's'; packet: Seen }[]> {
    const heard = (await this.#order({ send: side, hex: bytes.toString('hex') })) as ['c' | 's', string][];
    return heard.map(([at, hex]) => ({ side: at, packet: parseRaw(Buffer.from(hex, 'hex')) }));
  }

  /** Sends many at once. @returns how many packets arrived at either end because of them */
  async sendMany(side: 'c' | 's', packets: readonly Buffer[]): Promise<number> {
    return (await this.#order({ side, many: packets.map((bytes) => bytes.toString('hex')) })) as number;
  }

  /** Runs a command on the router. */
  async run(...argv: string[]): Promise<string> {
    const [code, stdout, stderr] = (await this.#order({ run: argv })) as [number, string, string];
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** `conntrack -L` on the router, a line an entry. */
  async list(...options: string[]): Promise<string[]> {
    return (await this.run('conntrack', '-L', ...options)).split('\n').filter((line) => line !== '');
  }

  /** How many packets came in in each state: INVALID, NEW, ESTABLISHED, RELATED. */
  async states(): Promise<number[]> {
    const text = await this.run('iptables-legacy', '-w', '5', '-t', 'mangle', '-nvxL', 'PREROUTING');
    return [...text.matchAll(/^\s*(\d+)\s+\d+\s.*ctstate/gm)].map((match) => Number(match[1]));
  }

  close(): void {
    this.#agent.kill();
    this.#lines.close();
    for (const n of ['c', 's', 'r']) {
      try {
        sh(`ip netns del ${this.#prefix}${n}`);
      } catch {
        // It was never made.
      }
    }
  }
}
