/** UDP sockets: who gets a datagram, and who hears of an error. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errorName } from '../../../net/transport/socket-error.ts';
import {
  bind,
  datagramBytes,
  datagramUnreachable,
  fit,
  PORT_UNREACHABLE,
  receiveDatagram,
} from '../../../net/transport/udp.ts';

const test = suite('udp');

test('fit() prefers the socket that says most', () => {
  const anywhere = bind(0, 53);
  const here = bind(10, 53);
  const connected = bind(10, 53, 20, 4_000);
  const scores = [anywhere, here, connected].map((socket) => fit(socket, 20, 4_000, 10, 53));
  assert.equal(scores, [0, 4, 12]);
});

test('fit() turns down another port, another local address, another peer', () => {
  assert.is(fit(bind(0, 53), 20, 4_000, 10, 54), -1);
  assert.is(fit(bind(11, 53), 20, 4_000, 10, 53), -1);
  assert.is(fit(bind(10, 53, 20, 4_000), 21, 4_000, 10, 53), -1);
  assert.is(fit(bind(10, 53, 20, 4_000), 20, 4_001, 10, 53), -1);
});

test('datagramUnreachable() tells a connected socket of a closed port, and no other', () => {
  const connected = bind(10, 4_000, 20, 53);
  datagramUnreachable(connected, PORT_UNREACHABLE);
  assert.is(errorName(connected.error), 'ECONNREFUSED');
  const loose = bind(10, 4_000);
  datagramUnreachable(loose, PORT_UNREACHABLE);
  assert.is(loose.error, 0);
});

test('datagramUnreachable() keeps quiet about what may pass', () => {
  for (const code of [0, 1, 5, 11, 12]) {
    const connected = bind(10, 4_000, 20, 53);
    datagramUnreachable(connected, (3 << 8) | code);
    assert.is(connected.error, 0, `code ${code}`);
  }
});

test('receiveDatagram() counts', () => {
  const socket = bind(0, 53);
  receiveDatagram(socket, 30);
  receiveDatagram(socket, 12);
  assert.equal([socket.receivedDatagrams, socket.receivedBytes], [2, 42]);
  assert.is(datagramBytes(10), 38);
});

test.run();
