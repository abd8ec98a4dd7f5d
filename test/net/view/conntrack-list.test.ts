/** The connection table as conntrack prints it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { parsePrefix } from '../../../net/address.ts';
import { Status } from '../../../net/conntrack/status.ts';
import { TcpState } from '../../../net/conntrack/tcp-state.ts';
import { toAddress } from '../../../net/nat/range.ts';
import { conntrackList, formatEntries, selectEntries } from '../../../net/view/conntrack-list.ts';
import { ModelRouter } from '../nat/model-router.ts';

const test = suite('view/conntrack-list');

const CLIENT = '10.91.1.2';
const SERVER = '10.91.2.2';

/** The conversations of which conntrack 1.4.7 on Linux 6.18 printed the lines below, half a second later. */
function conversations(sysctls = {}): ModelRouter {
  const router = new ModelRouter({ nf_conntrack_tcp_timeout_established: 86_400, ...sysctls });
  const syn = { ...router.packet(6, CLIENT, 1000, SERVER, 80), sizeBytes: 60 };
  router.pass(syn, 0);
  router.pass({ ...router.packet(6, SERVER, 80, CLIENT, 1000), flags: 18, acknowledgement: 1, sizeBytes: 60 }, 0);
  router.pass({ ...syn, flags: 16, sequence: 1, acknowledgement: 1, sizeBytes: 52 }, 0);
  router.pass(router.packet(17, CLIENT, 5000, SERVER, 53), 0);
  router.pass(router.packet(1, CLIENT, 77, SERVER, 0), 0);
  router.pass(router.packet(50, CLIENT, 0, SERVER, 0), 0);
  return router;
}

const TCP_LINE =
  'tcp      6 86399 ESTABLISHED src=10.91.1.2 dst=10.91.2.2 sport=1000 dport=80 src=10.91.2.2 dst=10.91.1.2 sport=80 dport=1000 [ASSURED] mark=0 use=1';
const UDP_LINE =
  'udp      17 29 src=10.91.1.2 dst=10.91.2.2 sport=5000 dport=53 [UNREPLIED] src=10.91.2.2 dst=10.91.1.2 sport=53 dport=5000 mark=0 use=1';
const ICMP_LINE =
  'icmp     1 29 src=10.91.1.2 dst=10.91.2.2 type=8 code=0 id=77 [UNREPLIED] src=10.91.2.2 dst=10.91.1.2 type=0 code=0 id=77 mark=0 use=1';
const OTHER_LINE = 'unknown  50 599 src=10.91.1.2 dst=10.91.2.2 [UNREPLIED] src=10.91.2.2 dst=10.91.1.2 mark=0 use=1';

test('conntrackList() prints the lines of conntrack -L, newest first, and the count apart', () => {
  const router = conversations();
  const { stdout, stderr, exitCode } = conntrackList(router.table, router.addresses, SECOND / 2);
  assert.is(stdout, `${[OTHER_LINE, ICMP_LINE, UDP_LINE, TCP_LINE].join('\n')}\n`);
  assert.is(stderr, 'conntrack v1.4.7 (conntrack-tools): 4 flow entries have been shown.\n');
  assert.is(exitCode, 0);
});

test('conntrackList() prints packets and bytes with nf_conntrack_acct=1', () => {
  const router = conversations({ nf_conntrack_acct: 1 });
  const { stdout } = conntrackList(router.table, router.addresses, SECOND / 2, { protocol: 6 });
  assert.is(
    stdout,
    'tcp      6 86399 ESTABLISHED src=10.91.1.2 dst=10.91.2.2 sport=1000 dport=80 packets=2 bytes=112 src=10.91.2.2 dst=10.91.1.2 sport=80 dport=1000 packets=1 bytes=60 [ASSURED] mark=0 use=1\n',
  );
});

test('conntrackList() shows an unanswered translation, its mark, and nothing that expired', () => {
  const router = new ModelRouter();
  const range = { ...toAddress(router.addresses.intern(SERVER)), minPort: 80, maxPort: 80 };
  router.dnat = [{ matches: () => true, range }];
  router.pass(router.packet(17, CLIENT, 5000, '10.91.9.9', 8080), 0);
  router.table.setMark(0, 0x4000);
  assert.is(
    conntrackList(router.table, router.addresses, 0).stdout,
    'udp      17 30 src=10.91.1.2 dst=10.91.9.9 sport=5000 dport=8080 [UNREPLIED] src=10.91.2.2 dst=10.91.1.2 sport=80 dport=5000 mark=16384 use=1\n',
  );
  const late = conntrackList(router.table, router.addresses, 30 * SECOND);
  assert.equal(
    [late.stdout, late.stderr],
    ['', 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\n'],
  );
});

test('selectEntries() takes the options of conntrack', () => {
  const router = conversations();
  const range = toAddress(router.addresses.intern('10.91.2.9'));
  router.snat = [{ matches: () => true, range }];
  router.pass(router.packet(17, '10.91.1.3', 6000, SERVER, 53), 0);
  const { table, addresses } = router;
  const ids = (filter: Parameters<typeof selectEntries>[3]): number[] =>
    selectEntries(table, addresses, 0, filter).map(({ id }) => id);
  const prefix = (text: string) => parsePrefix(text)!;
  assert.equal(ids({}), [5, 4, 3, 2, 1]);
  assert.equal(ids({ protocol: 17 }), [5, 2]);
  assert.equal(ids({ originalSource: prefix('10.91.1.2/32') }), [4, 3, 2, 1]);
  assert.equal(ids({ originalDestination: prefix('10.91.2.0/24'), originalDestinationPort: 53 }), [5, 2]);
  assert.equal(ids({ replyDestination: prefix('10.91.2.9/32') }), [5]);
  assert.equal(ids({ replySource: prefix('10.91.3.0/24') }), []);
  assert.equal(ids({ replySourcePort: 80, replyDestinationPort: 1000 }), [1]);
  assert.equal(ids({ state: TcpState.Established }), [1]);
  assert.equal(ids({ state: TcpState.TimeWait }), []);
  assert.equal(ids({ srcNat: true }), [5]);
  assert.equal(ids({ srcNat: prefix('10.91.2.8/32') }), []);
  assert.equal(ids({ dstNat: true }), []);
  assert.equal(ids({ status: Status.Assured }), [1]);
  assert.equal(ids({ unreplied: true, originalSourcePort: 5000 }), [2]);
  assert.equal(ids({ mark: { value: 1, mask: 1 } }), []);
  assert.equal(ids({ family: 6 }), []);
});

test('formatEntries() of conntrack -D tells what was deleted and fails when nothing was', () => {
  const router = conversations();
  const { table, addresses } = router;
  const found = selectEntries(table, addresses, SECOND / 2, { protocol: 17 });
  const { stdout, stderr, exitCode } = formatEntries(addresses, found, SECOND / 2, false, 'D');
  assert.equal([stdout, exitCode], [`${UDP_LINE}\n`, 0]);
  assert.is(stderr, 'conntrack v1.4.7 (conntrack-tools): 1 flow entries have been deleted.\n');
  assert.is(formatEntries(addresses, [], 0, false, 'D').exitCode, 1);
});

test.run();
