/**
 * Connection-tracking entries, from text alone.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { changedEntries, parseConntrack } from '../../../runs/verify/conntrack-text.ts';

const test = suite('conntrack text');

const TEXT = `tcp      6 119 TIME_WAIT src=192.0.2.10 dst=192.0.2.11 sport=10001 dport=30080 src=10.1.2.2 dst=192.0.2.11 sport=8080 dport=34931 [ASSURED] mark=0 use=1 id=77
udp      17 29 src=192.0.2.10 dst=192.0.2.11 sport=1 dport=53 [UNREPLIED] src=192.0.2.11 dst=192.0.2.10 sport=53 dport=1 mark=16384 use=1 id=78
icmp     1 29 src=192.0.2.10 dst=192.0.2.11 type=8 code=0 id=501 src=192.0.2.11 dst=192.0.2.10 type=0 code=0 id=502 mark=0 use=1 id=79
conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.
`;

test('parseConntrack() reads both tuples, state, flags and mark', () => {
  const [tcp, udp, icmp, ...more] = parseConntrack(TEXT);
  assert.equal(more, []);
  assert.equal(tcp, {
    id: 77,
    protocol: 'tcp',
    timeoutSeconds: 119,
    state: 'TIME_WAIT',
    original: { source: '192.0.2.10', destination: '192.0.2.11', sourcePort: 10001, destinationPort: 30080 },
    reply: { source: '10.1.2.2', destination: '192.0.2.11', sourcePort: 8080, destinationPort: 34931 },
    flags: ['ASSURED'],
    mark: 0,
  });
  assert.is(udp?.state, '');
  assert.equal(udp?.flags, ['UNREPLIED']);
  assert.is(udp?.mark, 16384);
  assert.is(icmp?.original.sourcePort, 501);
  assert.is(icmp?.reply.sourcePort, 502);
  assert.is(icmp?.id, 79);
});

test('changedEntries() passes over time-outs that ran down and keeps states that moved', () => {
  const before = parseConntrack(TEXT);
  assert.equal(changedEntries(before, parseConntrack(TEXT.replace('6 119', '6 110'))), []);
  const moved = changedEntries(before, parseConntrack(TEXT.replace('TIME_WAIT', 'CLOSE')));
  assert.equal(
    moved.map(({ id }) => id),
    [77],
  );
});

test.run();
