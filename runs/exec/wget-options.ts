/**
 * The options of wget that bear on what it asks for and what it says.
 */
import type { Headers } from '../../net/http.ts';

export interface WgetOptions {
  readonly urls: readonly string[];
  /** Where the body goes: `-` for standard output; absent: a file named by the URL. */
  readonly output: string | undefined;
  readonly quiet: boolean;
  /** `-nv` */
  readonly terse: boolean;
  readonly spider: boolean;
  readonly serverResponse: boolean;
  /** Of each step; 0: the kernel's own. */
  readonly timeoutNs: number;
  readonly tries: number | undefined;
  readonly headers: Headers;
  /** One that there isn't. */
  readonly unknown: string | undefined;
}

const LONG: Readonly<Record<string, string>> = {
  'output-document': 'O',
  timeout: 'T',
  'connect-timeout': 'T',
  'read-timeout': 'T',
  'dns-timeout': 'T',
  tries: 't',
  header: 'H',
  quiet: 'q',
  'no-verbose': 'N',
  spider: 's',
  'server-response': 'S',
  'user-agent': 'U',
  'no-check-certificate': '_',
  'no-proxy': '_',
  verbose: '_',
  'inet4-only': '_',
};
const TAKES_VALUE = 'OTtHUP';

export function parseWget(argv: readonly string[]): WgetOptions {
  const values = new Map<string, string[]>();
  const urls: string[] = [];
  let unknown: string | undefined;
  const put = (letter: string, value: string): void => {
    values.set(letter, [...(values.get(letter) ?? []), value]);
  };
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    const long = /^--([a-z0-9-]+)(?:=([\s\S]*))?$/.exec(word);
    if (long !== null) {
      const letter = LONG[long[1]!];
      if (letter === undefined) unknown ??= word;
      else if (TAKES_VALUE.includes(letter)) put(letter, long[2] ?? argv[++i] ?? '');
      else put(letter, '');
    } else if (/^-./.test(word)) {
      for (let at = 1; at < word.length; at++) {
        const letter = word[at]!;
        if (letter === 'n' && word[at + 1] === 'v') {
          put('N', '');
          at++;
        } else if (TAKES_VALUE.includes(letter)) {
          put(letter, word.slice(at + 1) || (argv[++i] ?? ''));
          break;
        } else if ('qSscv46Y'.includes(letter)) put(letter, '');
        else unknown ??= letter;
      }
    } else urls.push(word);
  }
  const seconds = Number(values.get('T')?.at(-1) ?? 0);
  const agent = values.get('U')?.at(-1);
  const tries = values.get('t')?.at(-1);
  return {
    urls,
    output: values.get('O')?.at(-1),
    quiet: values.has('q'),
    terse: values.has('N'),
    spider: values.has('s'),
    serverResponse: values.has('S'),
    timeoutNs: Number.isFinite(seconds) ? seconds * 1e9 : 0,
    tries: tries === undefined ? undefined : Number(tries) || undefined,
    headers: [
      ...(values.get('H') ?? []).map((text): [string, string] => {
        const at = text.indexOf(':');
        return [text.slice(0, at), text.slice(at + 1).trim()];
      }),
      ...(agent === undefined ? [] : [['User-Agent', agent] as [string, string]]),
    ],
    unknown,
  };
}
