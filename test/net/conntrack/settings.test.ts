/** The sysctls of connection tracking and their defaults. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { CONNTRACK_SYSCTLS, conntrackSettings } from '../../../net/conntrack/settings.ts';
import { TcpState, TcpTimeout } from '../../../net/conntrack/tcp-state.ts';

const test = suite('conntrack/settings');

test('conntrackSettings() has the defaults that Linux 6.18 shows in /proc/sys/net/netfilter', () => {
  const settings = conntrackSettings();
  const seconds = settings.tcpTimeoutsNs.map((ns) => ns / SECOND);
  assert.equal(seconds, [0, 120, 60, 432_000, 120, 60, 30, 120, 10, 120, 300, 300]);
  const { udpTimeoutNs, udpStreamTimeoutNs, icmpTimeoutNs, icmpv6TimeoutNs, genericTimeoutNs } = settings;
  const others = [udpTimeoutNs, udpStreamTimeoutNs, icmpTimeoutNs, icmpv6TimeoutNs, genericTimeoutNs];
  assert.equal(
    others,
    [30, 120, 30, 30, 600].map((value) => value * SECOND),
  );
  assert.equal([settings.tcpLoose, settings.tcpLiberal, settings.accounting], [true, false, false]);
  assert.equal([settings.tcpMaxRetrans, settings.max, settings.buckets], [3, 262_144, 262_144]);
});

test('conntrackSettings() takes names with and without their prefix and leaves the rest alone', () => {
  const settings = conntrackSettings({
    nf_conntrack_tcp_timeout_established: 86_400,
    'net.netfilter.nf_conntrack_udp_timeout': 10,
    'net.ipv4.ip_forward': 1,
  });
  assert.is(settings.tcpTimeoutsNs[TcpState.Established], 86_400 * SECOND);
  assert.is(settings.tcpTimeoutsNs[TcpTimeout.Unacknowledged], 300 * SECOND);
  assert.is(settings.udpTimeoutNs, 10 * SECOND);
});

test('conntrackSettings() answers to each name in CONNTRACK_SYSCTLS', () => {
  const before = JSON.stringify(conntrackSettings());
  for (const name of CONNTRACK_SYSCTLS) {
    const flips = /loose|liberal|ignore|acct/.test(name);
    const value = name === 'nf_conntrack_tcp_loose' ? 0 : flips ? 1 : 77;
    assert.is.not(JSON.stringify(conntrackSettings({ [name]: value })), before, name);
  }
});

test.run();
