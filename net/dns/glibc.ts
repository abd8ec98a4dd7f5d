/**
 * The stub resolver of glibc: the search list, A and AAAA from one socket, and what it does when only one of the two is
 * answered: it waits its time-out, then asks for them one after the other, then from two sockets.
 * @see glibc resolv/res_query.c, resolv/res_send.c (2.36), resolv.conf(5)
 */
import { SECOND } from '../../core/time.ts';
import { addressesIn, type Message, type Question, Rcode, sameQuestion } from './message.ts';
import { fqdn, isWireName } from './name.ts';
import { RecordType } from './record.ts';
import type { Ask, Heard, LookupError, LookupPlan, LookupResult, Resolution, Step } from './resolution.ts';
import { MAX_NAMESERVERS, type ResolverSettings, settingsOf } from './resolver-config.ts';

/** The resolver's state over one look-up, as its thread keeps it. */
interface Context {
  readonly settings: ResolverSettings;
  readonly servers: number;
  readonly types: readonly number[];
  nowNs: number;
  nextSocket: number;
  /** Open sockets by server. */
  readonly sockets: (number | undefined)[];
  singleRequest: boolean;
  singleRequestReopen: boolean;
  rounds: number;
}

/** How the servers answered for one name. */
type Sent =
  | { readonly answers: readonly Message[] }
  | { readonly failure: 'refused' | 'silence'; readonly rcode: number };

/** What came of one name. */
type Queried =
  | { readonly answers: readonly Message[] }
  | { readonly error: LookupError; readonly stops: boolean; readonly gone: boolean };

export function* glibcResolution(plan: LookupPlan, startNs: number): Resolution {
  const settings = settingsOf(plan.config, 'glibc');
  const types =
    plan.family === 'ipv6'
      ? [RecordType.AAAA]
      : plan.family === 'ipv4' || settings.noAaaa
        ? [RecordType.A]
        : [RecordType.A, RecordType.AAAA];
  const context: Context = {
    settings,
    servers: Math.min(plan.config.nameservers.length, MAX_NAMESERVERS),
    types,
    nowNs: startNs,
    nextSocket: 0,
    sockets: [],
    singleRequest: settings.singleRequest,
    singleRequestReopen: settings.singleRequestReopen,
    rounds: 0,
  };
  const { name, config } = plan;
  const dots = name.split('.').length - 1;
  const rooted = name.endsWith('.');
  let first: LookupError | undefined;
  if (dots >= settings.ndots || rooted) {
    const queried = yield* queryName(context, fqdn(name));
    if ('answers' in queried) return found(queried.answers, types);
    if (rooted) return failed(queried.error);
    first = queried.error;
  }
  let searched = false;
  let rootSearched = false;
  let noData = false;
  let serverFailed = false;
  let last: LookupError = 'noname';
  for (const domain of config.search) {
    searched = true;
    rootSearched ||= domain === '.' || domain === '';
    const queried = yield* queryName(
      context,
      fqdn(rootSearched && (domain === '.' || domain === '') ? name : `${name}.${domain}`),
    );
    if ('answers' in queried) return found(queried.answers, types);
    last = queried.error;
    if (queried.gone) return failed('again');
    noData ||= queried.error === 'nodata';
    serverFailed ||= queried.error === 'again' && !queried.stops;
    if (queried.stops) break;
  }
  if ((dots > 0 || !searched || !settings.noTopLevel) && first === undefined && !rootSearched) {
    const queried = yield* queryName(context, fqdn(name));
    if ('answers' in queried) return found(queried.answers, types);
    last = queried.error;
  }
  if (first !== undefined) return failed(first);
  if (noData) return failed('nodata');
  return failed(serverFailed ? 'again' : last);
}

function found(answers: readonly Message[], types: readonly number[]): LookupResult {
  const addresses = types.flatMap((type) => answers.flatMap((message) => addressesIn(message, type)));
  return { addresses, error: addresses.length === 0 ? 'nodata' : undefined };
}

function failed(error: LookupError): LookupResult {
  return { addresses: [], error };
}

function* queryName(context: Context, name: string): Generator<Step, Queried, Heard> {
  if (!isWireName(name)) return { error: 'fail', stops: true, gone: false };
  const sent = yield* sendAll(
    context,
    context.types.map((type) => ({ name, type })),
  );
  if ('failure' in sent) {
    // A server that failed says nothing of the next name; one that is silent does.
    return { error: 'again', stops: sent.rcode !== Rcode.ServFail, gone: sent.failure === 'refused' };
  }
  const { answers } = sent;
  if (answers.some(({ rcode, answer }) => rcode === Rcode.NoError && answer.length > 0)) return { answers };
  const rcode = answers.find((message) => message.rcode !== Rcode.NoError)?.rcode ?? Rcode.NoError;
  if (rcode === Rcode.NxDomain) return { error: 'noname', stops: false, gone: false };
  if (rcode === Rcode.NoError) return { error: 'nodata', stops: false, gone: false };
  return rcode === Rcode.ServFail
    ? { error: 'again', stops: false, gone: false }
    : { error: 'fail', stops: true, gone: false };
}

/** Asks the servers in turn, `attempts` times round. */
function* sendAll(context: Context, questions: readonly Question[]): Generator<Step, Sent, Heard> {
  const { settings, servers } = context;
  const offset = settings.rotate ? context.rounds++ : 0;
  let overTcp = settings.useTcp;
  let heardAnything = false;
  let rcode: number = Rcode.NoError;
  for (let attempt = 0; attempt < settings.attempts; attempt++) {
    for (let shift = 0; shift < servers; shift++) {
      const server = (offset + shift) % servers;
      if (!overTcp) {
        const said = yield* overDatagrams(context, server, questions);
        heardAnything ||= said.heard;
        rcode = said.rcode;
        if (said.type === 'answers') return closing(context, said.answers);
        if (said.type === 'next') continue;
        overTcp = true;
      }
      const answers = yield* overConnection(context, server, questions);
      if (answers !== undefined) return closing(context, answers);
      heardAnything = true;
    }
  }
  context.sockets.length = 0;
  return { failure: heardAnything ? 'silence' : 'refused', rcode };
}

/** Sockets are closed once a name is answered. */
function closing(context: Context, answers: readonly Message[]): Sent {
  context.sockets.length = 0;
  return { answers };
}

interface DatagramResult {
  readonly type: 'answers' | 'next' | 'truncated';
  readonly answers: readonly Message[];
  readonly heard: boolean;
  readonly rcode: number;
}

/** ns for one server: those behind the first get a share of twice and four times the time. */
function patienceNs({ settings, servers }: Context, server: number): number {
  const seconds = settings.timeoutSeconds << server;
  return Math.max(1, server > 0 ? Math.floor(seconds / servers) : seconds) * SECOND;
}

function* overDatagrams(
  context: Context,
  server: number,
  questions: readonly Question[],
): Generator<Step, DatagramResult, Heard> {
  const { udpBytes } = context.settings;
  let heard = false;
  let rcode: number = Rcode.NoError;
  const result = (type: DatagramResult['type'], answers: readonly Message[] = []): DatagramResult => ({
    type,
    answers,
    heard,
    rcode,
  });
  for (;;) {
    const untilNs = context.nowNs + patienceNs(context, server);
    const ask = (question: Question): Ask => {
      context.sockets[server] ??= context.nextSocket++;
      return { socket: context.sockets[server]!, server, tcp: false, question, udpBytes };
    };
    const open = [...questions];
    const answers: Message[] = [];
    let failures = 0;
    let sends = (context.singleRequest ? open.slice(0, 1) : open).map(ask);
    let restarts = false;
    while (!restarts) {
      const said: Heard = yield { sends, untilNs };
      sends = [];
      context.nowNs = said.nowNs;
      if (said.type === 'timeout') {
        if (answers.length === 0 || open.length === 0) {
          heard = true;
          return result('next');
        }
        // Some servers and firewalls cannot bear two questions from one socket.
        if (!context.singleRequest) context.singleRequest = true;
        else if (!context.singleRequestReopen) {
          context.singleRequestReopen = true;
          context.sockets[server] = undefined;
        } else return result('answers', answers);
        restarts = true;
        continue;
      }
      if (said.type === 'refused') {
        if (said.socket !== context.sockets[server]) continue;
        context.sockets[server] = undefined;
        return result('next');
      }
      const { message } = said;
      const at = open.findIndex((question) => sameQuestion(question, message.question));
      if (at < 0 || said.server !== server) continue;
      heard = true;
      open.splice(at, 1);
      rcode = message.rcode;
      if (message.rcode === Rcode.ServFail || message.rcode === Rcode.NotImp || message.rcode === Rcode.Refused) {
        failures++;
        if (answers.length > 0) return result('answers', answers);
        if (open.length === 0) {
          if (questions.length === 1) context.sockets[server] = undefined;
          return result('next');
        }
      } else if (message.truncated) {
        context.sockets[server] = undefined;
        return result('truncated');
      } else answers.push(message);
      if (open.length === 0) return result('answers', answers);
      if (context.singleRequest && answers.length + failures > 0) {
        if (context.singleRequestReopen) context.sockets[server] = undefined;
        sends = [ask(open[0]!)];
      }
    }
  }
}

/** Both questions over one connection; it takes as long as the kernel tries. @returns undefined: it failed */
function* overConnection(
  context: Context,
  server: number,
  questions: readonly Question[],
): Generator<Step, readonly Message[] | undefined, Heard> {
  const socket = context.nextSocket++;
  let sends = questions.map(
    (question): Ask => ({ socket, server, tcp: true, question, udpBytes: context.settings.udpBytes }),
  );
  const answers: Message[] = [];
  while (answers.length < questions.length) {
    const said: Heard = yield { sends, untilNs: Number.POSITIVE_INFINITY };
    sends = [];
    context.nowNs = said.nowNs;
    if (said.type === 'refused' && said.socket === socket) return undefined;
    if (said.type === 'answer' && said.socket === socket) answers.push(said.message);
  }
  return answers;
}
