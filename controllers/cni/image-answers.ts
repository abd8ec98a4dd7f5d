/**
 * What containers say: which ports an image listens on and what it answers there.
 */
import { Answer } from '../../net/socket.ts';
import { imageNameOf } from '../object/image-name.ts';

export interface ImagePort {
  readonly port: number;
  /** IP protocol number. */
  readonly protocol: number;
  /** `Answer` */
  readonly answers: number;
}

export interface ImageAnswers {
  /** What it says on ports that only the pod declares. */
  readonly answers: number;
  readonly status: number;
  /** Time in ns between a whole request and its answer. */
  readonly delayNs: number;
  /** Requests that one container works on at once, and how many wait at most; absent: all at once. */
  readonly crew?: { readonly workers: number; readonly places: number; readonly exponential: boolean };
  /** Ports that it listens on whatever the pod declares. */
  readonly ports: readonly ImagePort[];
  /** The release of nginx whose page it serves; absent: the newest known. */
  readonly nginxVersion?: string;
}

const http = (answers: number): ImageAnswers => ({
  answers,
  status: 200,
  delayNs: 0,
  ports: [{ port: 80, protocol: 6, answers }],
});
/** What a DNS server takes to answer out of memory. Rests on: model. */
const DNS_DELAY_NS = 100_000;

const silent: ImageAnswers = { answers: Answer.Name, status: 200, delayNs: 0, ports: [] };

/** Images that everybody knows, by name without registry and tag. */
export const BUILT_IN: Readonly<Record<string, ImageAnswers>> = {
  nginx: nginxAnswers(),
  httpd: http(Answer.Name),
  mirror: http(Answer.Mirror),
  whoami: http(Answer.Name),
  busybox: silent,
  alpine: silent,
  curl: silent,
  coredns: {
    answers: Answer.Status,
    status: 200,
    delayNs: DNS_DELAY_NS,
    ports: [
      { port: 53, protocol: 17, answers: Answer.Dns },
      { port: 53, protocol: 6, answers: Answer.Dns },
      // Its plugins `health` and `ready`.
      { port: 8080, protocol: 6, answers: Answer.Status },
      { port: 8181, protocol: 6, answers: Answer.Status },
    ],
  },
};

/** What nginx says, of a release; absent: the newest known. */
export function nginxAnswers(version?: string): ImageAnswers {
  return version === undefined ? http(Answer.Page) : { ...http(Answer.Page), nginxVersion: version };
}

/** The behaviour of an image: the scenario's own word for `name:tag` or `name`, then what is built in, then the pod's ports. */
export function answersOf(image: string, given: Readonly<Record<string, ImageAnswers>>): ImageAnswers {
  const { base, name, tag } = imageNameOf(image);
  const own = given[image] ?? given[base];
  if (own !== undefined) return own;
  const release = /^\d+\.\d+(\.\d+)?/.exec(tag)?.[0];
  const found = given[name] ?? BUILT_IN[name] ?? silent;
  return name === 'nginx' && release !== undefined ? { ...found, nginxVersion: release } : found;
}

/** Whether anything is known of what an image does: said by the scenario, or built in. */
export function isKnownImage(image: string, given: Readonly<Record<string, unknown>>): boolean {
  const { base, name } = imageNameOf(image);
  return [image, base, name].some((word) => Object.hasOwn(given, word)) || Object.hasOwn(BUILT_IN, name);
}
