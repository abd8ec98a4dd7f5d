/**
 * The stub resolver of musl: every server is asked at once, twice in the time that there is, and the first word counts.
 * A name with enough dots is never looked up with an ending, and a name that lacks the type ends the search.
 * @see https://git.musl-libc.org src/network/lookup_name.c, src/network/res_msend.c (1.2.3)
 */
import { SECOND } from '../../core/time.ts';
import { addressesIn, type Message, type Question, Rcode, sameQuestion } from './message.ts';
import { fqdn, isWireName } from './name.ts';
import { RecordType } from './record.ts';
import type { Ask, Heard, LookupPlan, LookupResult, Resolution, Step } from './resolution.ts';
import { MAX_NAMESERVERS, type ResolverSettings, settingsOf } from './resolver-config.ts';

interface Context {
  readonly settings: ResolverSettings;
  readonly servers: number;
  readonly types: readonly number[];
  nowNs: number;
  nextSocket: number;
}

export function* muslResolution(plan: LookupPlan, startNs: number): Resolution {
  const settings = settingsOf(plan.config, 'musl');
  const context: Context = {
    settings,
    servers: Math.min(plan.config.nameservers.length, MAX_NAMESERVERS),
    types:
      plan.family === 'any'
        ? [RecordType.A, RecordType.AAAA]
        : [plan.family === 'ipv6' ? RecordType.AAAA : RecordType.A],
    nowNs: startNs,
    nextSocket: 0,
  };
  const { name } = plan;
  const dots = name.split('.').length - 1;
  const searches = dots < settings.ndots && !name.endsWith('.');
  for (const domain of searches ? plan.config.search : []) {
    const result = yield* queryName(context, fqdn(`${name}.${domain}`));
    if (result !== undefined) return result;
  }
  return (yield* queryName(context, fqdn(name))) ?? { addresses: [], error: 'noname' };
}

/** @returns undefined: there is no such name, the next may be tried */
function* queryName(context: Context, name: string): Generator<Step, LookupResult | undefined, Heard> {
  if (!isWireName(name)) return undefined;
  const answers = yield* sendAll(
    context,
    context.types.map((type) => ({ name, type })),
  );
  const addresses = context.types.flatMap((type) =>
    answers.flatMap((message) => (message === undefined ? [] : addressesIn(message, type))),
  );
  if (addresses.length > 0) return { addresses, error: undefined };
  // What was said of the first type decides.
  const [first] = answers;
  if (first === undefined || first.rcode === Rcode.ServFail) return { addresses, error: 'again' };
  if (first.rcode === Rcode.NoError) return { addresses, error: 'noname' };
  return first.rcode === Rcode.NxDomain ? undefined : { addresses, error: 'fail' };
}

/** @returns an answer to each question, or `undefined` where none came in time */
function* sendAll(
  context: Context,
  questions: readonly Question[],
): Generator<Step, readonly (Message | undefined)[], Heard> {
  const socket = context.nextSocket++;
  const { timeoutSeconds, attempts } = context.settings;
  const intervalNs = Math.floor((timeoutSeconds * 1000) / attempts) * (SECOND / 1000);
  const startNs = context.nowNs;
  const endNs = startNs + timeoutSeconds * SECOND;
  const answers: (Message | undefined)[] = questions.map(() => undefined);
  const ask = (question: Question, server: number): Ask => ({ socket, server, tcp: false, question, udpBytes: 0 });
  const toAll = (): Ask[] =>
    questions.flatMap((question, i) =>
      answers[i] === undefined ? Array.from({ length: context.servers }, (_, server) => ask(question, server)) : [],
    );
  let sentNs = startNs;
  let retries = 2 * questions.length;
  let sends = toAll();
  while (context.nowNs < endNs) {
    const said: Heard = yield { sends, untilNs: Math.min(sentNs + intervalNs, endNs) };
    sends = [];
    context.nowNs = said.nowNs;
    if (said.type === 'timeout') {
      if (said.nowNs >= endNs || said.nowNs < sentNs + intervalNs) continue;
      sentNs = said.nowNs;
      retries = 2 * questions.length;
      sends = toAll();
    } else if (said.type === 'answer' && said.socket === socket) {
      const { message, server } = said;
      const at = questions.findIndex(
        (question, i) => answers[i] === undefined && sameQuestion(question, message.question),
      );
      if (at < 0) continue;
      if (message.rcode === Rcode.NoError || message.rcode === Rcode.NxDomain) answers[at] = message;
      else if (message.rcode === Rcode.ServFail && retries > 0) {
        retries--;
        sends = [ask(questions[at]!, server)];
      }
      if (answers.every((answer) => answer !== undefined)) break;
    }
  }
  return answers;
}
