/**
 * Looking a name up for a typed command: the questions go out as packets, and the command waits for what comes back.
 */
import { NetCommandKind } from '../../net/command.ts';
import { LookupFailure } from '../../net/dns/lookup.ts';
import type { Message } from '../../net/dns/message.ts';
import type { LookupPlan } from '../../net/dns/resolution.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../../net/event.ts';
import { NO_TRAFFIC } from './exchange.ts';
import type { Session } from './exec-world.ts';

/** Longer than any resolver tries. */
const LATEST_NS = 5 * 60 * 1e9;

export interface Answered {
  readonly message: Message;
  /** Of the server that was asked, as text. */
  readonly server: string;
  readonly bytes: number;
  readonly askedAtNs: number;
  readonly readAtNs: number;
}

export interface LookedUp {
  /** `LookupFailure` */
  readonly error: number;
  readonly addresses: readonly string[];
  /** What came back, in order. */
  readonly answers: readonly Answered[];
  /** Questions that went out. */
  readonly queries: number;
  /** Of those, how many the server's host refused. */
  readonly refusals: number;
}

const NOBODY: LookedUp = { error: LookupFailure.Again, addresses: [], answers: [], queries: 0, refusals: 0 };

/** Numbers the look-ups of a simulation, so that each is told from the others. */
let numbered = 0;

/** @param timeoutNs 0: as long as the resolver tries */
export function lookUp({ simulation, host, deferred }: Session, plan: LookupPlan, timeoutNs = 0): LookedUp {
  if (deferred) return NOBODY;
  const { net } = simulation.world;
  const number = ++numbered;
  let flow = 0;
  let ended: NetEventOf<'LookupEnded'> | undefined;
  const asked = new Map<number, { readonly server: string; readonly at: number }>();
  const said = new Map<number, { readonly message: Message; readonly about: number; readonly bytes: number }>();
  const answers: Answered[] = [];
  let refusals = 0;
  const subscription = simulation.events.subscribe((fact) => {
    const event = fact as NetEvent;
    if (event.kind === NetEventKind.LookupStarted) {
      if (event.traffic === NO_TRAFFIC && event.number === number && event.host === host.id) flow = event.flow;
    } else if (flow === 0 || (event as { readonly flow?: number }).flow !== flow) return;
    else if (event.kind === NetEventKind.QuerySent)
      asked.set(event.message, { server: net.addresses.text(event.destination), at: event.at });
    else if (event.kind === NetEventKind.QueryAnswered) {
      if (event.answer !== 0)
        said.set(event.answer, {
          message: JSON.parse(event.text) as Message,
          about: event.message,
          bytes: event.bytes,
        });
    } else if (event.kind === NetEventKind.AnswerRead && event.host === host.id) {
      const answer = said.get(event.message);
      const question = asked.get(answer?.about ?? 0);
      if (answer !== undefined && question !== undefined)
        answers.push({
          message: answer.message,
          server: question.server,
          bytes: answer.bytes,
          askedAtNs: question.at,
          readAtNs: event.at,
        });
      else if (event.message === 0) refusals++;
    } else if (event.kind === NetEventKind.LookupEnded) ended = event;
  });
  const text = JSON.stringify({ plan });
  simulation.schedule({
    kind: NetCommandKind.StartLookup,
    at: simulation.nowNs,
    host: host.id,
    traffic: NO_TRAFFIC,
    number,
    timeoutNs,
    text,
  });
  simulation.runWhile(() => ended === undefined, simulation.nowNs + LATEST_NS);
  subscription.unsubscribe();
  if (ended === undefined) return { ...NOBODY, answers, queries: asked.size, refusals };
  const { error } = ended;
  const addresses = error === LookupFailure.None && ended.text !== '' ? ended.text.split(' ') : [];
  return { error, addresses, answers, queries: asked.size, refusals };
}
