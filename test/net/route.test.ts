/**
 * A host's routes: the longest prefix, then the lowest metric; what is removed leaves what it hid.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressTable, formatPrefix, parsePrefix } from '../../net/address.ts';
import { type Route, RouteTable, RouteType } from '../../net/route.ts';

const test = suite('route');

function route(prefix: string, metric = 0): Route {
  const device = 1;
  const rest = { type: RouteType.Unicast, via: 0, device, source: 0, scope: 0, onlink: false, protocol: 'static' };
  return { prefix: parsePrefix(prefix)!, metric, ...rest };
}

function tableOf(...routes: Route[]): RouteTable {
  const table = new RouteTable();
  for (const one of routes) table.add(one);
  return table;
}

const addresses = new AddressTable();
const to = (table: RouteTable, address: string): string | undefined => {
  const found = table.lookup(addresses, addresses.intern(address));
  return found && `${formatPrefix(found.prefix)} ${found.metric}`;
};

test('lookup() takes the longest prefix, and of one prefix the lowest metric', () => {
  const table = tableOf(
    route('0.0.0.0/0', 5),
    route('10.0.0.0/8', 20),
    route('10.0.0.0/8', 10),
    route('10.1.0.0/16', 99),
  );
  assert.equal(
    ['192.0.2.1', '10.2.0.1', '10.1.0.1'].map((address) => to(table, address)),
    ['0.0.0.0/0 5', '10.0.0.0/8 10', '10.1.0.0/16 99'],
  );
});

test('lookup() sees a route that is added behind an answer', () => {
  const table = tableOf(route('10.0.0.0/8'));
  assert.is(to(table, '10.1.0.1'), '10.0.0.0/8 0');
  table.add(route('10.1.0.0/16'));
  assert.is(to(table, '10.1.0.1'), '10.1.0.0/16 0');
});

test('lookup() keeps the families apart', () => {
  const table = tableOf(route('0.0.0.0/0'));
  assert.is(to(table, '2001:db8::1'), undefined);
  table.add(route('2001:db8::/32', 3));
  assert.is(to(table, '2001:db8::1'), '2001:db8::/32 3');
  assert.is(to(table, '192.0.2.1'), '0.0.0.0/0 0');
});

test('remove() uncovers the next metric, then the shorter prefix, and counts', () => {
  const table = tableOf(route('0.0.0.0/0'), route('10.0.0.0/8', 1), route('10.0.0.0/8', 2));
  assert.is(
    table.remove(({ metric }) => metric === 1),
    1,
  );
  assert.is(to(table, '10.0.0.1'), '10.0.0.0/8 2');
  assert.is(
    table.remove(({ metric }) => metric === 2),
    1,
  );
  assert.is(to(table, '10.0.0.1'), '0.0.0.0/0 0');
  assert.is(
    table.remove(({ metric }) => metric === 2),
    0,
  );
  table.add(route('192.0.2.0/24', 7));
  assert.is(to(table, '192.0.2.9'), '192.0.2.0/24 7');
});

test('list() goes by address, length and metric, the default first', () => {
  const table = tableOf(route('10.1.0.0/16'), route('10.0.0.0/8', 2), route('10.0.0.0/8', 1), route('0.0.0.0/0'));
  assert.equal(
    table.list().map(({ prefix, metric }) => `${formatPrefix(prefix)} ${metric}`),
    ['0.0.0.0/0 0', '10.0.0.0/8 1', '10.0.0.0/8 2', '10.1.0.0/16 0'],
  );
});

test.run();
