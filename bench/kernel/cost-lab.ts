/**
 * Where first packets are timed: client, node and a far end in network namespaces of their own. The node forwards and has
 * the rules; the far end takes what is not its own and drops it, so that nothing comes back. Nothing leaves the three.
 */
import { closeAtEnd } from '../../runs/verify/cleanup.ts';
import { addNamespaces, deleteNamespaces } from '../../runs/verify/namespace.ts';
import { labPrefix, namespaceName } from '../../runs/verify/namespace-name.ts';
import { NamespaceShell } from '../../runs/verify/namespace-shell.ts';
import { FirstPacketSender } from './first-packet-sender.ts';

const CLIENT = '198.51.100.7';
const NODE_TO_CLIENT = '198.51.100.1';
const NODE_TO_FAR = '192.0.2.1';
const FAR = '192.0.2.2';
const MAC = {
  client: '02:00:00:00:00:01',
  clientSide: '02:00:00:00:00:02',
  farSide: '02:00:00:00:00:03',
  far: '02:00:00:00:00:04',
};

export class CostLab {
  readonly sender: FirstPacketSender;
  readonly #namespaces: readonly string[];
  readonly #shells: readonly NamespaceShell[];
  readonly #forget: () => void;

  private constructor(namespaces: readonly string[]) {
    this.#namespaces = namespaces;
    this.#forget = closeAtEnd(() => this.#tearDown());
    this.#shells = namespaces.map((namespace) => new NamespaceShell(namespace));
    this.sender = new FirstPacketSender(namespaces[0]!);
  }

  /** @throws {Error} what iproute2 complained of; nothing is left behind then */
  static async open(): Promise<CostLab> {
    const prefix = labPrefix();
    const namespaces = ['client', 'node', 'far'].map((name, i) => namespaceName(prefix, i, name));
    try {
      await addNamespaces(namespaces);
      const lab = new CostLab(namespaces);
      await lab.#furnish();
      return lab;
    } catch (error) {
      deleteNamespaces(namespaces);
      throw error;
    }
  }

  async #furnish(): Promise<void> {
    const [client, node, far] = this.#shells as readonly [NamespaceShell, NamespaceShell, NamespaceShell];
    const nodeName = this.#namespaces[1]!;
    const veth = (own: string, peer: string, peerMac: string): string =>
      `ip link add eth0 address ${own} type veth peer name ${peer} address ${peerMac} netns ${nodeName}`;
    await command(client, veth(MAC.client, 'client', MAC.clientSide));
    await command(far, veth(MAC.far, 'far', MAC.farSide));
    await command(
      client,
      `ip address add ${CLIENT}/24 dev eth0 && ip link set eth0 up &&
       ip neighbour replace ${NODE_TO_CLIENT} lladdr ${MAC.clientSide} dev eth0 nud permanent &&
       ip route add default via ${NODE_TO_CLIENT}`,
    );
    await command(
      far,
      `echo 0 > /proc/sys/net/ipv4/ip_forward && ip address add ${FAR}/24 dev eth0 && ip link set eth0 up`,
    );
    await command(
      node,
      `echo 1 > /proc/sys/net/ipv4/ip_forward && echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter &&
       ip address add ${NODE_TO_CLIENT}/24 dev client && ip link set client up &&
       ip address add ${NODE_TO_FAR}/24 dev far && ip link set far up &&
       ip neighbour replace ${CLIENT} lladdr ${MAC.client} dev client nud permanent &&
       ip neighbour replace ${FAR} lladdr ${MAC.far} dev far nud permanent &&
       ip route add default via ${FAR}`,
    );
  }

  /** Runs a command line of `sh` on the node. @throws {Error} its complaint */
  node(commandLine: string): Promise<string> {
    return command(this.#shells[1]!, commandLine);
  }

  close(): void {
    this.#tearDown();
    this.#forget();
  }

  #tearDown(): void {
    this.sender.close();
    for (const shell of this.#shells) shell.close();
    deleteNamespaces(this.#namespaces);
  }
}

async function command(shell: NamespaceShell, commandLine: string): Promise<string> {
  const { status, stdout, stderr } = await shell.run(commandLine);
  if (status !== 0) throw new Error(`${commandLine.split('\n')[0]}: ${stderr.trim().split('\n')[0]}`);
  return stdout;
}
