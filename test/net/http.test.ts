/** HTTP texts and their sizes: as captured from curl and from nginx's official images. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  answer,
  asksToClose,
  curlRequest,
  header,
  httpDate,
  parseRequest,
  parseResponse,
  requestText,
  responseText,
  textBytes,
} from '../../net/http.ts';
import { nginxPage } from '../../net/http-page.ts';
import { Answer } from '../../net/socket.ts';

const test = suite('http');
const INPUT = {
  name: 'web-1',
  peerAddress: '192.0.2.1',
  peerPort: 40_000,
  request: curlRequest('10.96.0.10', 80),
  epochSeconds: 1_704_067_200,
};

test('requestText() is what curl sends', () => {
  assert.is(
    requestText(INPUT.request),
    'GET / HTTP/1.1\r\nHost: 10.96.0.10\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n',
  );
  assert.is(header(curlRequest('192.0.2.1', 32_000, '/x').headers, 'host'), '192.0.2.1:32000');
});

test('curlRequest() lets -H replace a header in its place, and append others', () => {
  const request = curlRequest('127.0.0.1', 80, '/', [
    ['Host', 'www.example.com'],
    ['X-A', 'b'],
  ]);
  assert.equal(
    request.headers.map(([name]) => name),
    ['Host', 'User-Agent', 'Accept', 'X-A'],
  );
  assert.is(header(request.headers, 'Host'), 'www.example.com');
});

test('curlRequest() with a body announces its length', () => {
  const request = curlRequest('web', 80, '/', [], 1_000);
  assert.is(request.method, 'POST');
  assert.is(header(request.headers, 'Content-Length'), '1000');
});

test('answer() of page is nginx: 853 bytes from 1.27.0', () => {
  const text = responseText(answer({ ...INPUT, answers: Answer.Page }));
  assert.is(textBytes(text), 853);
  assert.equal(text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n'), [
    'HTTP/1.1 200 OK',
    'Server: nginx/1.27.0',
    'Date: Mon, 01 Jan 2024 00:00:00 GMT',
    'Content-Type: text/html',
    'Content-Length: 615',
    'Last-Modified: Tue, 28 May 2024 13:22:30 GMT',
    'Connection: keep-alive',
    'ETag: "6655da96-267"',
    'Accept-Ranges: bytes',
  ]);
});

test('answer() of page follows the release', () => {
  const old = answer({ ...INPUT, answers: Answer.Page, nginxVersion: '1.7.9' });
  assert.is(header(old.headers, 'ETag'), '"54999765-264"');
  assert.is(header(old.headers, 'Last-Modified'), 'Tue, 23 Dec 2014 16:25:09 GMT');
  assert.ok(old.body.includes('<title>Welcome to nginx!</title>'));
});

test('nginxPage() has 612 bytes until 1.21.1 and 615 since', () => {
  const sizes = ['1.16.1', '1.21.1', '1.21.2', '1.27.0', '9.9'].map((version) => nginxPage(version).body.length);
  assert.equal(sizes, [612, 612, 615, 615, 615]);
});

test('answer() of mirror says who asked, and with which headers', () => {
  const { body } = answer({ ...INPUT, answers: Answer.Mirror });
  assert.equal(body.split('\n').slice(0, 4), [
    'peer: 192.0.2.1:40000',
    'pod: web-1',
    'GET / HTTP/1.1',
    'Host: 10.96.0.10',
  ]);
  assert.ok(
    answer({ ...INPUT, answers: Answer.Mirror, peerAddress: 'fd00::1' }).body.startsWith('peer: [fd00::1]:40000'),
  );
});

test('answer() of name and of status', () => {
  assert.is(answer({ ...INPUT, answers: Answer.Name }).body, 'web-1\n');
  const failed = answer({ ...INPUT, answers: Answer.Status, status: 503 });
  assert.is(failed.status, 503);
  assert.ok(responseText(failed).startsWith('HTTP/1.1 503 Service Unavailable\r\n'));
  assert.is(answer({ ...INPUT, answers: Answer.Page, status: 404 }).status, 404);
});

test('asksToClose() reads the Connection header', () => {
  assert.ok(asksToClose(answer({ ...INPUT, answers: Answer.Name, close: true }).headers));
  assert.not(asksToClose(answer({ ...INPUT, answers: Answer.Name }).headers));
});

test('parseRequest() and parseResponse() undo the printing', () => {
  const request = curlRequest('web.default', 8080, '/a?b=c', [['X-A', 'b: c']]);
  assert.equal(parseRequest(requestText(request)), request);
  for (const answers of [Answer.Page, Answer.Mirror, Answer.Name]) {
    const response = answer({ ...INPUT, answers });
    assert.equal(parseResponse(responseText(response)), response);
  }
});

test('parseRequest() turns down what is not one', () => {
  for (const text of [
    '',
    'GET /',
    'GET / HTTP/2\r\n\r\n',
    'GET / HTTP/1.1\r\nno colon\r\n\r\n',
    'get / HTTP/1.1\r\n\r\n',
  ]) {
    assert.is(parseRequest(text), undefined);
    assert.is(parseResponse(text), undefined);
  }
});

test('httpDate() agrees with the platform for any second until the year 9999', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
      assert.is(httpDate(seconds), new Date(seconds * 1_000).toUTCString());
    }),
  );
});

test.run();
