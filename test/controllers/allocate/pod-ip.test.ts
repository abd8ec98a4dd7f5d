/** Pod addresses of both plugins. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BLOCK_SIZE,
  blockAt,
  blockCount,
  claimBlock,
  freeAddress,
  freshBlock,
  nextBlockAddress,
  takeAddress,
} from '../../../controllers/allocate/calico-block.ts';
import { addressAt, nextPodOffset } from '../../../controllers/allocate/pod-ip.ts';
import { formatPrefix, parsePrefix } from '../../../net/address.ts';

const test = suite('allocate/pod-ip');

const NODE = parsePrefix('10.244.1.0/24')!;
const POOL = parsePrefix('192.168.0.0/16')!;

test('nextPodOffset() begins behind the bridge and goes on, though addresses become free', () => {
  const used = new Set<number>();
  let last = 0;
  const next = (): string => {
    last = nextPodOffset(NODE, last, (offset) => used.has(offset));
    used.add(last);
    return addressAt(NODE, last);
  };
  assert.equal([next(), next(), next()], ['10.244.1.2', '10.244.1.3', '10.244.1.4']);
  used.delete(2);
  assert.is(next(), '10.244.1.5');
});

test('nextPodOffset() goes round after the last address, and ends when all are taken', () => {
  assert.is(
    nextPodOffset(NODE, 254, () => false),
    2,
  );
  assert.is(
    nextPodOffset(NODE, 253, (offset) => offset === 254),
    2,
  );
  assert.is(
    nextPodOffset(NODE, 7, () => true),
    -1,
  );
  assert.is(
    nextPodOffset(NODE, 7, (offset) => offset !== 7),
    7,
  );
});

test('nextBlockAddress() wanders through a block and comes round to what was freed first', () => {
  let block = freshBlock(blockAt(POOL, 66));
  assert.is(formatPrefix(block.prefix), '192.168.16.128/26');
  const taken: string[] = [];
  for (let address = nextBlockAddress(block); address !== undefined; address = nextBlockAddress(block)) {
    taken.push(address);
    block = takeAddress(block, address);
  }
  assert.is(taken.length, BLOCK_SIZE);
  assert.equal([taken[0], taken[63]], ['192.168.16.128', '192.168.16.191']);
  for (const freed of ['192.168.16.132', '192.168.16.134', '192.168.16.133']) block = freeAddress(block, freed);
  assert.is(nextBlockAddress(block), '192.168.16.132');
  assert.is(nextBlockAddress(takeAddress(block, '192.168.16.132')), '192.168.16.134');
});

test('freeAddress() knows each address once, and none of other blocks', () => {
  const block = takeAddress(freshBlock(blockAt(POOL, 0)), '192.168.0.5');
  const freed = freeAddress(freeAddress(block, '192.168.0.5'), '192.168.0.5');
  assert.is(freed.queue.length, BLOCK_SIZE);
  assert.is(freeAddress(block, '192.168.1.5'), block);
});

test('claimBlock() begins where the name says and takes the next free block', () => {
  assert.is(blockCount(POOL), 1024);
  const index = claimBlock(POOL, 'node1', () => false);
  assert.ok(index >= 0 && index < 1024);
  assert.is(
    claimBlock(POOL, 'node1', (other) => other === index),
    (index + 1) % 1024,
  );
  assert.is.not(
    claimBlock(POOL, 'node2', () => false),
    index,
  );
  assert.is(
    claimBlock(POOL, 'node1', () => true),
    -1,
  );
  assert.is(
    claimBlock(parsePrefix('10.0.0.0/28')!, 'node1', () => false),
    -1,
  );
});

test('no two pods of a block share an address, whatever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(80), { maxLength: 200 }), (moves) => {
      let block = freshBlock(blockAt(POOL, 3));
      const held: string[] = [];
      for (const move of moves) {
        const next = nextBlockAddress(block);
        if (move < held.length) block = freeAddress(block, held.splice(move, 1)[0]!);
        else if (next !== undefined) {
          assert.not.ok(held.includes(next));
          held.push(next);
          block = takeAddress(block, next);
        }
        assert.is(block.queue.length + held.length, BLOCK_SIZE);
      }
    }),
  );
});

test.run();
