/**
 * A process in a network namespace that sends first packets and times each: how long the system call takes that sends a
 * TCP SYN or a datagram. Over veth the whole way through the namespaces behind it is worked through within that call.
 * Perl does it: each Debian brings it, and it calls the kernel without an event loop in between.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';

/** Number of the system call clock_gettime(2), which Perl must be told. @see each architecture's unistd.h */
const CLOCK_GETTIME: Readonly<Record<string, number>> = {
  x64: 228,
  arm64: 113,
  riscv64: 113,
  ppc64: 246,
  s390x: 260,
};

/**
 * Reads `KIND ADDRESS PORT FIRST_SOURCE_PORT COUNT`, opens so many connections from ports in turn, and writes what each
 * took in ns. `tcp` times a connect(2) that does not wait, `udp` the first datagram of a socket, `later` its second one.
 */
const PROGRAM = String.raw`
use strict; use warnings; use Socket; use Fcntl; $| = 1;
my $clock = shift; my ($from, $to) = (pack('q2', 0, 0), pack('q2', 0, 0));
while (my $line = <STDIN>) {
  my ($kind, $address, $port, $source, $count) = split ' ', $line;
  my $end = sockaddr_in($port, inet_aton($address)); my @took;
  for my $own ($source .. $source + $count - 1) {
    socket(my $s, PF_INET, $kind eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0) or die "socket: $!\n";
    setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($s, sockaddr_in($own, INADDR_ANY)) or die "bind $own: $!\n";
    if ($kind eq 'tcp') {
      fcntl($s, F_SETFL, O_NONBLOCK);
      syscall($clock, 1, $from); connect($s, $end); syscall($clock, 1, $to);
    } else {
      connect($s, $end) or die "connect: $!\n";
      send($s, 'x', 0) if $kind eq 'later';
      syscall($clock, 1, $from); send($s, 'x', 0); syscall($clock, 1, $to);
    }
    my ($s1, $n1, $s2, $n2) = (unpack('q2', $from), unpack('q2', $to));
    push @took, ($s2 - $s1) * 1000000000 + $n2 - $n1; close($s);
  }
  print "@took\n";
}
`;

export type PacketKind = 'tcp' | 'udp' | 'later';

const FIRST_PORT = 10_000;
const LAST_PORT = 60_000;
/** What else the machine does shall come after. */
const PRIORITY = -15;

export class FirstPacketSender {
  readonly #child: ChildProcess;
  #text = '';
  #complaint = '';
  #failure: Error | undefined;
  #waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void } | undefined;
  #nextPort = FIRST_PORT;

  /** @throws {Error} on an architecture whose system calls are not known */
  constructor(namespace: string) {
    const clock = CLOCK_GETTIME[process.arch];
    if (clock === undefined) throw new Error(`bench --kernel does not know the system calls of ${process.arch}`);
    const words = ['netns', 'exec', namespace, 'perl', '-e', PROGRAM, String(clock)];
    this.#child = spawn('ip', words, { stdio: 'pipe', detached: true });
    try {
      setPriority(this.#child.pid!, PRIORITY);
    } catch {
      // Then others come first at times: medians bear it.
    }
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint += text;
    });
    this.#child.stdin!.on('error', () => {});
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('close', () =>
      this.#fail(new Error(`The sender of first packets ended: ${this.#complaint.trim()}`)),
    );
  }

  /**
   * Opens `count` connections, each from a port that was not used for long, one after the other.
   * @returns what each took in ns. One call at a time
   * @throws {Error} what the process complained of
   */
  async send(kind: PacketKind, address: string, port: number, count: number): Promise<number[]> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#nextPort + count > LAST_PORT) this.#nextPort = FIRST_PORT;
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.stdin!.write(`${kind} ${address} ${port} ${this.#nextPort} ${count}\n`);
    });
    this.#nextPort += count;
    return line.split(' ').map(Number);
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  #take(text: string): void {
    this.#text += text;
    if (!this.#text.endsWith('\n')) return;
    const line = this.#text.trim();
    this.#text = '';
    this.#waiting?.resolve(line);
    this.#waiting = undefined;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
