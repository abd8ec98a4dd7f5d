/**
 * curl's command line, as far as it is modelled.
 * @see curl(1)
 */

export interface CurlOptions {
  urls: string[];
  silent: boolean;
  showError: boolean;
  verbose: boolean;
  head: boolean;
  include: boolean;
  fail: boolean;
  noMeter: boolean;
  output: string | undefined;
  writeOut: string;
  headers: (readonly [name: string, value: string])[];
  method: string | undefined;
  data: string | undefined;
  /** 0: none. */
  maxTimeNs: number;
  connectTimeoutNs: number;
  interface: string | undefined;
  localPort: number;
  /** `NAME:PORT:ADDRESS` of `--resolve`. */
  resolve: string[];
}

/** Why curl gives up before it does anything; both go to standard error. */
export interface CurlUsage {
  readonly reason: string;
}

const LONG: Readonly<Record<string, string>> = {
  '--silent': 's',
  '--show-error': 'S',
  '--verbose': 'v',
  '--head': 'I',
  '--include': 'i',
  '--fail': 'f',
  '--output': 'o',
  '--write-out': 'w',
  '--header': 'H',
  '--request': 'X',
  '--data': 'd',
  '--data-raw': 'd',
  '--max-time': 'm',
  '--user-agent': 'A',
  '--insecure': 'k',
  '--location': 'L',
  '--ipv4': '4',
  '--ipv6': '6',
  '--get': 'G',
  '--no-buffer': 'N',
  '--globoff': 'g',
  '--url': 'url',
};

/** Options that only have a long form. */
const LONG_ONLY = new Set([
  'connect-timeout',
  'interface',
  'local-port',
  'resolve',
  'no-progress-meter',
  'http1.1',
  'http1.0',
  'no-keepalive',
  'noproxy',
  'url',
]);

const WITH_VALUE = new Set([
  ...['o', 'w', 'H', 'X', 'd', 'm', 'A', 'connect-timeout', 'interface', 'local-port', 'resolve', 'noproxy', 'url'],
]);
const PLAIN = new Set(['s', 'S', 'v', 'I', 'i', 'f', 'k', 'L', '4', '6', 'N', 'g', '#']);

export function parseCurl(argv: readonly string[]): CurlOptions | CurlUsage {
  const options: CurlOptions = {
    urls: [],
    silent: false,
    showError: false,
    verbose: false,
    head: false,
    include: false,
    fail: false,
    noMeter: false,
    output: undefined,
    writeOut: '',
    headers: [],
    method: undefined,
    data: undefined,
    maxTimeNs: 0,
    connectTimeoutNs: 0,
    interface: undefined,
    localPort: 0,
    resolve: [],
  };
  const words = [...argv];
  while (words.length > 0) {
    const word = words.shift()!;
    const usage = word.startsWith('--')
      ? readLong(options, word, words)
      : word.startsWith('-') && word.length > 1
        ? readShort(options, word, words)
        : void options.urls.push(word);
    if (usage !== undefined) return usage;
  }
  return options;
}

function readLong(options: CurlOptions, word: string, words: string[]): CurlUsage | undefined {
  const name = LONG[word] ?? (LONG_ONLY.has(word.slice(2)) ? word.slice(2) : undefined);
  if (name === undefined) return { reason: `option ${word}: is unknown` };
  if (!WITH_VALUE.has(name)) return apply(options, name, '', word);
  const value = words.shift();
  return value === undefined ? { reason: `option ${word}: requires parameter` } : apply(options, name, value, word);
}

function readShort(options: CurlOptions, word: string, words: string[]): CurlUsage | undefined {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    if (WITH_VALUE.has(letter)) {
      const value = word.slice(at + 1) || words.shift();
      return value === undefined
        ? { reason: `option ${word}: requires parameter` }
        : apply(options, letter, value, word);
    }
    if (!PLAIN.has(letter)) return { reason: `option ${word}: is unknown` };
    apply(options, letter, '', word);
  }
  return undefined;
}

function apply(options: CurlOptions, name: string, value: string, word: string): CurlUsage | undefined {
  switch (name) {
    case 's':
      options.silent = true;
      break;
    case 'S':
      options.showError = true;
      break;
    case 'v':
      options.verbose = true;
      break;
    case 'I':
      options.head = true;
      break;
    case 'i':
      options.include = true;
      break;
    case 'f':
      options.fail = true;
      break;
    case 'no-progress-meter':
      options.noMeter = true;
      break;
    case 'o':
      options.output = value;
      break;
    case 'w':
      options.writeOut += value;
      break;
    case 'H': {
      const at = value.indexOf(':');
      if (at > 0) options.headers.push([value.slice(0, at), value.slice(at + 1).trim()]);
      break;
    }
    case 'A':
      options.headers.push(['User-Agent', value]);
      break;
    case 'X':
      options.method = value;
      break;
    case 'd':
      options.data = options.data === undefined ? value : `${options.data}&${value}`;
      break;
    case 'm':
      return seconds(value, word, (ns) => {
        options.maxTimeNs = ns;
      });
    case 'connect-timeout':
      return seconds(value, word, (ns) => {
        options.connectTimeoutNs = ns;
      });
    case 'interface':
      options.interface = value;
      break;
    case 'local-port':
      options.localPort = Number.parseInt(value, 10) || 0;
      break;
    case 'resolve':
      options.resolve.push(value);
      break;
    case 'url':
      options.urls.push(value);
      break;
  }
  return undefined;
}

function seconds(value: string, word: string, put: (ns: number) => void): CurlUsage | undefined {
  if (!/^\d+(\.\d*)?$/.test(value)) return { reason: `option ${word}: expected a proper numerical parameter` };
  put(Math.round(Number(value) * 1000) * 1_000_000);
  return undefined;
}
