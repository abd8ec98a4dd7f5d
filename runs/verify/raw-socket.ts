/**
 * Raw sockets in the namespaces of a lab: a tap in each, and ICMP echo requests out of each. Node has no raw sockets;
 * Perl has, and each Debian brings it. One process enters every namespace in turn, opens a tap there and keeps it, so
 * that a hundred hosts cost one process. A tap is a packet socket: it sees what a capture sees and changes nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { questionOf, readWirePacket, type WirePacket } from './wire.ts';

/** Number of the system call setns(2), which Perl must be told. @see each architecture's unistd.h */
const SETNS: Readonly<Record<string, number>> = {
  x64: 308,
  arm64: 268,
  riscv64: 268,
  ppc64: 350,
  s390x: 339,
  ia32: 346,
};

/** A network is quiet when its hosts were silent for this long. */
const QUIET_MS = 12;

/**
 * Reads `t NAMESPACE` (open a tap; they number from 0), `s TOKEN` (say so once all that arrived is reported) and
 * `e TAP SOURCE DESTINATION HEX` (send these ICMP bytes). Writes `p TAP IFINDEX PKTTYPE SECONDS NANOSECONDS HEX` for
 * a packet, `a` with the same fields for ARP, `i TAP HEX` for an ICMP message that reached a socket and
 * `r STATUS ERRNO` for an echo request sent. The first time that a socket is asked for a time stamp (ioctl SIOCGSTAMPNS) turns the stamping on: hence once in vain.
 */
const PROGRAM = String.raw`
use strict; use warnings; use Socket;
my $setns = shift; my (@taps, @echo, @names); $| = 1;
sub enter { open(my $n, '<', "/run/netns/$_[0]") or die "no namespace $_[0]\n";
  syscall($setns, fileno($n), 0x40000000) == 0 or die "setns $_[0]: $!\n"; }
sub packets { my ($i) = @_; my $s = $taps[$i];
  while (defined(my $from = recv($s, my $b, 65536, MSG_DONTWAIT))) {
    my ($family, $proto, $ifindex, $hatype, $type) = unpack('SnlSC', $from);
    next if $proto != 0x0800 && $proto != 0x0806;
    my $stamp = pack('q2', 0, 0); ioctl($s, 0x8907, $stamp);
    my ($sec, $nsec) = unpack('q2', $stamp);
    print $proto == 0x0806 ? 'a' : 'p', " $i $ifindex $type $sec $nsec ", unpack('H*', substr($b, 0, 120)), "\n"; } }
sub messages { my ($i) = @_;
  while (defined(recv($echo[$i], my $b, 65536, MSG_DONTWAIT))) {
    print "i $i ", unpack('H*', substr($b, 0, 120)), "\n"; } }
sub all { packets($_) for 0 .. $#taps; for (0 .. $#echo) { messages($_) if $echo[$_] } }
my $text = '';
for (;;) {
  my $r = ''; vec($r, 0, 1) = 1;
  vec($r, fileno($_), 1) = 1 for @taps; for (@echo) { vec($r, fileno($_), 1) = 1 if $_ }
  select($r, undef, undef, undef) > 0 or next;
  if (vec($r, 0, 1)) { sysread(STDIN, $text, 65536, length $text) or exit 0; }
  all();
  while ($text =~ s/^(.*)\n//) {
    my ($do, @a) = split ' ', $1;
    if ($do eq 's') { all(); print "s $a[0]\n"; }
    elsif ($do eq 't') { enter($a[0]); push @names, $a[0];
      socket(my $s, 17, SOCK_DGRAM, unpack('S', pack('n', 3))) or die "tap: $!\n";
      setsockopt($s, SOL_SOCKET, 33, pack('i', 8 << 20)); push @taps, $s;
      my $unused = pack('q2', 0, 0); ioctl($s, 0x8907, $unused); }
    elsif ($do eq 'e') { my ($i, $source, $destination, $hex) = @a;
      unless ($echo[$i]) { enter($names[$i]); socket($echo[$i], PF_INET, SOCK_RAW, 1) or die "raw: $!\n"; }
      bind($echo[$i], sockaddr_in(0, inet_aton($source)));
      my $sent = send($echo[$i], pack('H*', $hex), 0, sockaddr_in(0, inet_aton($destination)));
      print 'r ', (defined $sent ? 0 : 1), ' ', ($! + 0), "\n"; } } }
`;

/** A question about a neighbour (ARP) that a host asked. */
export interface WireQuestion {
  readonly host: string;
  readonly interface: string;
  /** On the clock of `WirePacket.atNs`. */
  readonly atNs: number;
  /** Who is asked for. */
  readonly address: string;
}

/** An ICMP message as the sender's socket got it. */
export interface EchoMessage {
  readonly tap: number;
  /** From the IP header on. */
  readonly bytes: Buffer;
}

export class RawSockets {
  private readonly child: ChildProcess;
  private readonly hosts: readonly string[];
  private interfaces: readonly ReadonlyMap<number, string>[] = [];
  private readonly waiting = new Map<string, () => void>();
  private readonly sent: ((errno: number) => void)[] = [];
  private readonly listeners = new Set<(message: EchoMessage) => void>();
  private packets: WirePacket[] = [];
  private questions: WireQuestion[] = [];
  private text = '';
  private tokens = 0;
  private failure: Error | undefined;
  private complaint = '';

  /** Opens a tap in each namespace. @param hosts their names, in the same order */
  constructor(namespaces: readonly string[], hosts: readonly string[]) {
    const setns = SETNS[process.arch];
    if (setns === undefined) throw new Error(`verify does not know setns(2) on ${process.arch}`);
    this.hosts = hosts;
    this.child = spawn('perl', ['-e', PROGRAM, String(setns)], { stdio: 'pipe', detached: true });
    this.child.stdout?.setEncoding('latin1').on('data', (text: string) => this.take(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaint += text;
    });
    this.child.stdin?.on('error', () => {});
    this.child.on('error', (error) => this.fail(error));
    this.child.on('close', () => this.fail(new Error(`The taps ended: ${this.complaint.trim()}`)));
    this.tell(namespaces.map((name) => `t ${name}\n`).join(''));
  }

  /** Says which interface has which index, for each tap: packets seen before have no name for theirs. */
  nameInterfaces(interfaces: readonly ReadonlyMap<number, string>[]): void {
    this.interfaces = interfaces;
  }

  /** Waits until every packet that the taps hold by now is read. @throws {Error} when the taps have ended */
  sync(): Promise<void> {
    const token = String(this.tokens++);
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      this.waiting.set(token, () => (this.failure === undefined ? resolve() : reject(this.failure)));
      this.tell(`s ${token}\n`);
    });
  }

  /** Waits until no packet has moved for a while. */
  async quiet(): Promise<void> {
    for (let count = -1; ; ) {
      await this.sync();
      if (this.packets.length === count) return;
      count = this.packets.length;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
  }

  /** The packets since the last call, in the order of their time. */
  takePackets(): WirePacket[] {
    const packets = this.packets;
    this.packets = [];
    return packets.sort((a, b) => a.atNs - b.atNs);
  }

  /** The questions about neighbours since the last call, in the order of their time. */
  takeQuestions(): WireQuestion[] {
    const questions = this.questions;
    this.questions = [];
    return questions.sort((a, b) => a.atNs - b.atNs);
  }

  /**
   * Sends ICMP bytes from a host.
   * @param source an address of the host, or `0.0.0.0` for the route's own choice
   * @returns the errno, 0 when the packet was sent
   */
  sendIcmp(tap: number, source: string, destination: string, bytes: Buffer): Promise<number> {
    return new Promise((resolve) => {
      this.sent.push(resolve);
      this.tell(`e ${tap} ${source} ${destination} ${bytes.toString('hex')}\n`);
    });
  }

  /** Calls back for each ICMP message that reaches a sender's socket. @returns how to end that */
  onIcmp(listener: (message: EchoMessage) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.child.kill('SIGKILL');
  }

  private tell(line: string): void {
    this.child.stdin?.write(line);
  }

  private take(text: string): void {
    this.text += text;
    const lines = this.text.split('\n');
    this.text = lines.pop() ?? '';
    for (const line of lines) this.takeLine(line.split(' '));
  }

  private takeLine(words: readonly string[]): void {
    const tap = Number(words[1]);
    if (words[0] === 's') {
      const token = words[1] as string;
      this.waiting.get(token)?.();
      this.waiting.delete(token);
    } else if (words[0] === 'r') {
      this.sent.shift()?.(words[1] === '0' ? 0 : Number(words[2]));
    } else if (words[0] === 'i') {
      const message = { tap, bytes: Buffer.from(words[2] ?? '', 'hex') };
      for (const listener of this.listeners) listener(message);
    } else if (words[0] === 'p' || words[0] === 'a') {
      const type = Number(words[3]);
      // 3: a frame for somebody else, which a switch flooded. @see packet(7)
      if (type === 3) return;
      const where = {
        host: this.hosts[tap] as string,
        interface: this.interfaces[tap]?.get(Number(words[2])) ?? words[2] ?? '',
        atNs: (Number(words[4]) % 1_000_000) * 1e9 + Number(words[5]),
      };
      const isOut = type === 4;
      const bytes = Buffer.from(words[6] ?? '', 'hex');
      if (words[0] === 'a') {
        const address = isOut ? questionOf(bytes) : undefined;
        if (address !== undefined) this.questions.push({ ...where, address });
        return;
      }
      const packet = readWirePacket({ ...where, direction: isOut ? 'out' : 'in' }, bytes);
      if (packet !== undefined) this.packets.push(packet);
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const done of this.waiting.values()) done();
    this.waiting.clear();
    for (const done of this.sent.splice(0)) done(-1);
  }
}
