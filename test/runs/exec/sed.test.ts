/**
 * sed and the files of a node.
 * @evidence published: GNU sed 4.9's output for the same scripts
 */
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeedCluster } from './seed-cluster.ts';

const test = suite('exec/sed');

const TEXT = 'one 1\ntwo 2\nthree 33\n# end\n';
const SCRIPTS: readonly (readonly string[])[] = [
  ['s/[0-9]/N/'],
  ['s/[0-9]/N/g'],
  ['-E', 's/([a-z]+) ([0-9]+)/\\2 \\1/'],
  ['s/\\(t[a-z]*\\)/<\\1>/'],
  ['s|one|a/b|'],
  ['s/o/&&/2'.replace('2', 'g')],
  ['2d'],
  ['2,3d'],
  ['/two/,$d'],
  ['-n', '/t/p'],
  ['-n', '$p'],
  ['/^#/d;s/ /_/'],
  ['/two/a\\  - more'],
  ['/two/i less'],
  ['2c changed'],
  ['2!s/$/./'],
  ['2q'],
  ['-e', 's/one/1/', '-e', 's/two/2/'],
  ['s/ONE/x/I'],
];

/** What the sed of this machine says; `undefined` where there is none. */
function realSed(argv: readonly string[]): string | undefined {
  try {
    return execFileSync('sed', argv, { input: TEXT, encoding: 'utf8' });
  } catch {
    return undefined;
  }
}

test("sed() edits lines as this machine's does", () => {
  const cluster = new SeedCluster();
  if (realSed(['p']) === undefined) {
    console.log('SKIP sed: this machine has none');
    return;
  }
  for (const argv of SCRIPTS) {
    const quoted = argv.map((word) => `'${word}'`).join(' ');
    assert.is(cluster.type(`sed ${quoted}`, undefined, TEXT).stdout, realSed(argv), quoted);
  }
});

test('sed() says what it cannot read', () => {
  const cluster = new SeedCluster();
  assert.equal(
    [cluster.type('sed s/a').exitCode, cluster.type('sed s/a').stderr],
    [1, "sed: -e expression #1, char 0: unterminated `s' command\n"],
  );
  assert.is(cluster.type('sed p /nosuch').stderr, "sed: can't read /nosuch: No such file or directory\n");
});

test('a node has a folder of manifests; nobody else has', () => {
  const cluster = new SeedCluster();
  const folder = '/etc/kubernetes/manifests';
  assert.is(
    cluster.out(`ls ${folder}`),
    'etcd.yaml\nkube-apiserver.yaml\nkube-controller-manager.yaml\nkube-scheduler.yaml\n',
  );
  assert.match(cluster.out(`cat ${folder}/etcd.yaml`), /^apiVersion: v1\nkind: Pod\n/);
  assert.is(cluster.type(`cat ${folder}/etcd.yaml`, 'host/laptop').exitCode, 1);
  assert.is(
    cluster.type(`mv ${folder}/nosuch.yaml /tmp`).stderr,
    `mv: cannot stat '${folder}/nosuch.yaml': No such file or directory\n`,
  );
  cluster.type(`cp ${folder}/etcd.yaml /tmp/; sed -i 's/etcd/other/' /tmp/etcd.yaml`);
  assert.match(cluster.out('cat /tmp/etcd.yaml'), /other/);
  assert.is(cluster.type('rm /tmp/etcd.yaml; cat /tmp/etcd.yaml').exitCode, 1);
});

test.run();
