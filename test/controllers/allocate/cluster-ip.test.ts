/** Cluster IPs by wish and by draw. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawFree, staticBand } from '../../../controllers/allocate/band.ts';
import {
  clusterIpAt,
  clusterIpRange,
  drawClusterIp,
  refuseClusterIp,
} from '../../../controllers/allocate/cluster-ip.ts';

const test = suite('allocate/cluster-ip');

const none = () => false;
const first = () => 0;

test('staticBand() is a sixteenth of the range between 16 and 256', () => {
  const bandOf = (cidr: string, minor = 34) => clusterIpRange(cidr, minor)?.staticBand;
  assert.equal(
    [bandOf('10.0.0.0/28'), bandOf('10.0.0.0/27'), bandOf('10.0.0.0/24'), bandOf('10.0.0.0/20')],
    [0, 16, 16, 256],
  );
  assert.is(bandOf('10.96.0.0/12'), 256);
  assert.is(bandOf('10.96.0.0/12', 16), 0);
  assert.is(staticBand(2768, 32, 16, 128), 86);
});

test('drawClusterIp() draws above the static band first', () => {
  const range = clusterIpRange('10.96.0.0/24', 34)!;
  assert.is(drawClusterIp(range, none, first), '10.96.0.17');
  const upper = (ip: string) => Number(ip.split('.')[3]) >= 17;
  assert.is(drawClusterIp(range, upper, first), '10.96.0.1');
  assert.is(drawClusterIp(clusterIpRange('10.96.0.0/24', 16)!, none, first), '10.96.0.1');
});

test('drawClusterIp() goes on to the next free address, going round', () => {
  const range = clusterIpRange('10.96.0.0/29', 34)!;
  const used = new Set(['10.96.0.5', '10.96.0.6', '10.96.0.1']);
  assert.is(
    drawClusterIp(
      range,
      (ip) => used.has(ip),
      () => 4,
    ),
    '10.96.0.2',
  );
  assert.is(
    drawClusterIp(range, () => true, first),
    undefined,
  );
});

test('drawClusterIp() gives each address once before it is full, never the first and last', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 14, maxLength: 14 }), (numbers) => {
      const range = clusterIpRange('10.96.0.16/28', 34)!;
      const used = new Set<string>();
      for (const number of numbers)
        used.add(
          drawClusterIp(
            range,
            (ip) => used.has(ip),
            (n) => number % n,
          )!,
        );
      assert.is(used.size, 14);
      assert.not.ok(used.has('10.96.0.16') || used.has('10.96.0.31'));
    }),
  );
});

test('clusterIpAt() counts over word bounds of IPv6', () => {
  const range = clusterIpRange('fd00:96::/108', 34)!;
  assert.is(clusterIpAt(range, 0), 'fd00:96::1');
  assert.is(clusterIpAt(range, 0xfffff - 1), 'fd00:96::f:ffff');
  assert.is(clusterIpAt(clusterIpRange('fd00::ffff:ffff:0/80', 34)!, 0), 'fd00::1');
});

test('clusterIpRange() wants a network with an address to give', () => {
  assert.is(clusterIpRange('10.96.0.0/31', 34), undefined);
  assert.is(clusterIpRange('x', 34), undefined);
  assert.is(clusterIpRange('10.96.0.0/30', 34)?.size, 2);
});

test('refuseClusterIp() says why, in the words of the release', () => {
  const range = clusterIpRange('10.96.0.0/24', 34)!;
  assert.is(refuseClusterIp(range, '10.96.0.9', none, 34), undefined);
  assert.is(
    refuseClusterIp(range, '10.96.0.9', () => true, 34),
    'spec.clusterIPs: Invalid value: ["10.96.0.9"]: failed to allocate IP 10.96.0.9: provided IP is already allocated',
  );
  const outside =
    'spec.clusterIPs: Invalid value: ["10.97.0.9"]: failed to allocate IP 10.97.0.9: the provided IP (10.97.0.9) is not in the valid range. The range of valid IPs is 10.96.0.0/24';
  assert.is(refuseClusterIp(range, '10.97.0.9', none, 34), outside);
  assert.is(
    refuseClusterIp(range, '10.96.0.9', () => true, 16),
    'spec.clusterIP: Invalid value: "10.96.0.9": provided IP is already allocated',
  );
  for (const ip of ['10.96.0.0', '10.96.0.255', 'fd00::1']) assert.ok(refuseClusterIp(range, ip, none, 34));
});

test('drawFree() takes one draw a band', () => {
  let draws = 0;
  const draw = (): number => {
    draws++;
    return 0;
  };
  assert.is(
    drawFree(10, 4, (number) => number >= 4, draw),
    0,
  );
  assert.is(draws, 2);
  assert.is(
    drawFree(10, 0, () => true, draw),
    -1,
  );
});

test.run();
