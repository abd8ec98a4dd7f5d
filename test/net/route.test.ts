/**
 * A host's routes: the longest prefix, then the lowest metric; what is removed leaves what it hid.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressTable, formatPrefix, parsePrefix } from '../../net/address.ts';
import { type Route, RouteTable, RouteType } from '../../net/route.ts';
import { RouteMesh } from '../../net/route-mesh.ts';

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

test('join() gives the routes to all others of a group, as if each had been added', () => {
  const networks = ['10.1.0.0/24', '10.1.1.0/24', '10.1.2.0/24', '10.1.3.0/26'];
  const via = (i: number) => addresses.intern(`192.0.2.${i + 1}`);
  const mesh = new RouteMesh(networks.map((text, i) => ({ prefix: parsePrefix(text)!, via: via(i) })));
  const own = [route('0.0.0.0/0', 5), route('10.1.0.0/16', 3), route('10.1.2.0/24', 9), route('10.1.2.128/25')];
  const joined = new RouteTable();
  joined.join({ mesh, own: 1, device: 7 });
  const plain = new RouteTable();
  networks.forEach((text, i) => {
    if (i !== 1) plain.add({ ...route(text), via: via(i), device: 7, protocol: '' });
  });
  for (const one of own) for (const table of [joined, plain]) table.add(one);
  const answers = (table: RouteTable) =>
    ['10.1.0.9', '10.1.1.9', '10.1.2.9', '10.1.2.200', '10.1.3.9', '10.1.3.99', '198.51.100.1'].map((address) => {
      const found = table.lookup(addresses, addresses.intern(address));
      return found && `${formatPrefix(found.prefix)} ${found.via} ${found.device} ${found.metric}`;
    });
  assert.equal(answers(joined), answers(plain));
  const text = ({ prefix, via: next, metric }: Route) => `${formatPrefix(prefix)} ${next} ${metric}`;
  assert.equal(joined.list().map(text), plain.list().map(text));
  for (const table of [joined, plain])
    assert.is(
      table.remove(({ via: next }) => next === via(2)),
      1,
    );
  assert.equal(answers(joined), answers(plain));
});

test.run();
