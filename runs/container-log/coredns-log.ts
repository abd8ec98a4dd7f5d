/**
 * What CoreDNS writes as it starts with kubeadm's Corefile. It logs errors alone, so that is all.
 * @see https://github.com/coredns/coredns coremain/run.go, plugin/reload/setup.go
 */
import { type LogLine, type Started, scripted } from './log-line.ts';

/** kubeadm's Corefile caches no names of the cluster from this release on: another text, another sum. */
const UNCACHED_MINOR = 32;
const CACHED =
  '591cf328cccc12bc490481273e738df59329c62c0b729d94e8b61db9961c2fa5f046dd37f1cf888b953814040d180f52594972691cd6ff41be96639138a43908';
const UNCACHED =
  '61c4e97fd46a540ac8dda919cc898bd4e91207731b7b08b141e56fbd76fd591d82a4524df658474b8e3d867076fc7ba04e95992926333c1bcfaa75c46969808c';

export function corednsLog(started: Started): readonly LogLine[] {
  return scripted(
    [
      [21_304, `maxprocs: Leaving GOMAXPROCS=${started.processors}: CPU quota undefined`],
      [84_117, '.:53'],
      [
        84_205,
        `[INFO] plugin/reload: Running configuration SHA512 = ${started.minor < UNCACHED_MINOR ? CACHED : UNCACHED}`,
      ],
      [84_391, 'CoreDNS-1.12.0'],
      [84_398, 'linux/amd64, go1.23.3, 51e11f1'],
    ],
    started,
  );
}
