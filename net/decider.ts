/**
 * The network as a decider: for each command what it decides, for each event what it changes and what follows.
 */
import type { Decider, Plane } from '../core/decider.ts';
import { NetCommandKind as C, type NetCommand } from './command.ts';
import * as lookup from './dns/lookup.ts';
import * as nameServer from './dns/server.ts';
import { NetEventKind as E, type NetEvent, type NetEventOf } from './event.ts';
import type { NetState } from './network.ts';
import * as operate from './operate.ts';
import { Outcome } from './request.ts';
import { followPassage } from './stack/follow.ts';
import { deliverPacket } from './stack/receive.ts';
import { recordPassage } from './stack/record.ts';
import * as resolve from './stack/resolve.ts';
import * as send from './stack/send.ts';
import { unsettling } from './unsettling.ts';
import * as client from './workload/client.ts';
import * as completion from './workload/completion.ts';
import * as server from './workload/server.ts';
import * as life from './workload/socket-life.ts';

export const netDecide: Decider<NetState, NetCommand, NetEvent>['decide'] = {
  [C.DeliverPacket]: deliverPacket,
  [C.TransmitSocket]: send.transmitSocket,
  [C.SendIcmpError]: send.sendIcmpError,
  [C.SendReset]: send.sendReset,
  [C.SendEchoReply]: send.sendEchoReply,
  [C.Encapsulate]: send.encapsulate,
  [C.SolicitNeighbour]: resolve.solicitNeighbour,
  [C.AnswerNeighbour]: resolve.answerNeighbour,
  [C.LearnNeighbour]: resolve.learnNeighbour,
  [C.ReleasePacket]: resolve.releasePacket,
  [C.FireSocketTimer]: life.fireSocketTimer,
  [C.FireOpeningTimer]: life.fireSocketTimer,
  [C.StartRequest]: client.startRequest,
  [C.WriteRequest]: client.writeRequest,
  [C.TakeRequest]: server.takeRequest,
  [C.AnswerRequest]: server.answerRequest,
  [C.FinishRequest]: completion.finishRequest,
  [C.ExpireRequest]: completion.expireRequest,
  [C.CloseSocket]: life.closeSocket,
  [C.ForgetSocket]: life.forgetSocket,
  [C.SetHost]: operate.setHost,
  [C.SetLink]: operate.setLink,
  [C.EditRules]: operate.editRules,
  [C.SetSysctl]: operate.setHostSysctl,
  [C.ArmFault]: operate.armFault,
  [C.ForgetConnections]: operate.forgetConnections,
  [C.StartLookup]: lookup.startLookup,
  [C.AskServer]: lookup.askServer,
  [C.ReadAnswer]: nameServer.readAnswer,
  [C.FireLookupTimer]: lookup.fireLookupTimer,
  [C.AnswerQuery]: nameServer.answerQuery,
  [C.FireForwardTimer]: nameServer.fireForwardTimer,
  [C.EndLookup]: lookup.endLookup,
  [C.ExpireLookup]: lookup.expireLookup,
};

/** Of what leaves alone where packets go. */
const steadyEvolve = {
  [E.PacketSent]: recordPassage,
  [E.PacketForwarded]: recordPassage,
  [E.PacketDelivered]: recordPassage,
  [E.PacketDropped]: recordPassage,
  [E.PacketRejected]: recordPassage,
  [E.PacketUnknown]: recordPassage,
  [E.PacketReleased]: resolve.evolveReleased,
  [E.PathTaken]: ({ net }: NetState, event: NetEventOf<'PathTaken'>) => {
    net.nextPath = event.path + 1;
    net.host(event.host).paths.add(event.path, Int32Array.from(event.text.split('.'), Number));
  },
  [E.NeighbourSolicited]: resolve.evolveSolicited,
  [E.RequestStarted]: client.evolveStarted,
  [E.RequestWritten]: client.evolveWritten,
  [E.RequestTaken]: server.evolveTaken,
  [E.RequestAnswered]: server.evolveAnsweredRequest,
  [E.RequestCompleted]: completion.evolveCompleted,
  [E.SocketTimerFired]: life.evolveTimer,
  [E.SocketClosed]: life.evolveClosed,
  [E.SocketForgotten]: life.evolveForgotten,
  [E.LookupStarted]: lookup.evolveLookupStarted,
  [E.QuerySent]: lookup.evolveQuerySent,
  [E.AnswerRead]: nameServer.evolveAnswerRead,
  [E.LookupTimerFired]: lookup.evolveLookupTimer,
  [E.QueryAnswered]: nameServer.evolveQueryAnswered,
  [E.QueryForwarded]: nameServer.evolveQueryForwarded,
  [E.ForwardTimedOut]: nameServer.evolveForwardTimedOut,
  [E.LookupEnded]: lookup.evolveLookupEnded,
  [E.BoundReached]: () => {},
  [E.IcmpSuppressed]: ({ net }: NetState, event: NetEventOf<'IcmpSuppressed'>) => {
    net.packets.delete(event.packet);
  },
};

const unsettlingEvolve = {
  [E.NeighbourAnswered]: resolve.evolveAnswered,
  [E.NeighbourLearned]: resolve.evolveLearned,
  [E.NeighbourFailed]: resolve.evolveFailed,
  [E.HostChanged]: operate.evolveHost,
  [E.LinkChanged]: operate.evolveLink,
  [E.RulesEdited]: operate.evolveRules,
  [E.SysctlSet]: operate.evolveSysctl,
  [E.FaultArmed]: operate.evolveArmed,
  [E.FaultStruck]: operate.evolveStruck,
  [E.ConnectionsForgotten]: operate.evolveForgottenConnections,
};

export const netEvolve: Decider<NetState, NetCommand, NetEvent>['evolve'] = {
  ...steadyEvolve,
  ...unsettling(unsettlingEvolve),
};

export const netPlan: Decider<NetState, NetCommand, NetEvent>['plan'] = {
  [E.PacketSent]: followPassage,
  [E.PacketForwarded]: followPassage,
  [E.PacketDelivered]: followPassage,
  [E.PacketDropped]: followPassage,
  [E.PacketRejected]: followPassage,
  // What met a rule that nobody knows has no end that anybody could tell: neither has its request.
  [E.PacketUnknown]: ({ net }, { at, flow }, schedule) => {
    if (net.requests.has(flow)) schedule({ kind: C.FinishRequest, at, flow, outcome: Outcome.Unknown });
  },
  [E.PacketReleased]: resolve.planReleased,
  [E.NeighbourSolicited]: resolve.planSolicited,
  [E.NeighbourAnswered]: resolve.planAnswered,
  [E.NeighbourLearned]: resolve.planLearned,
  [E.RequestStarted]: client.planStarted,
  [E.RequestWritten]: life.planSocket,
  [E.RequestTaken]: server.planTaken,
  [E.RequestAnswered]: life.planSocket,
  [E.RequestCompleted]: completion.planCompleted,
  [E.SocketTimerFired]: life.planSocket,
  [E.SocketClosed]: life.planSocket,
  [E.HostChanged]: operate.planHost,
  [E.LookupStarted]: lookup.planLookupStarted,
  [E.QuerySent]: lookup.planQuerySent,
  [E.AnswerRead]: nameServer.planAnswerRead,
  [E.LookupTimerFired]: lookup.planLookupTimer,
  [E.QueryAnswered]: nameServer.planQueryAnswered,
  [E.QueryForwarded]: nameServer.planQueryForwarded,
  [E.ForwardTimedOut]: nameServer.planForwardTimedOut,
  [E.LookupEnded]: lookup.planLookupEnded,
};

/**
 * At one instant what arrives comes before what is sent, questions before what waits for them, applications before new
 * requests, and clean-up last.
 */
export const netRank: Readonly<Record<NetCommand['kind'], number>> = {
  [C.SetHost]: 10,
  [C.SetLink]: 10,
  [C.EditRules]: 10,
  [C.SetSysctl]: 10,
  [C.ArmFault]: 10,
  [C.ForgetConnections]: 10,
  [C.DeliverPacket]: 20,
  [C.AnswerNeighbour]: 21,
  [C.LearnNeighbour]: 22,
  [C.ReleasePacket]: 23,
  [C.SendIcmpError]: 24,
  [C.SendReset]: 24,
  [C.SendEchoReply]: 24,
  [C.Encapsulate]: 24,
  [C.TransmitSocket]: 25,
  [C.SolicitNeighbour]: 26,
  [C.FireOpeningTimer]: 18,
  [C.FireSocketTimer]: 19,
  [C.AskServer]: 30,
  [C.ReadAnswer]: 30,
  [C.AnswerQuery]: 30,
  [C.FireForwardTimer]: 31,
  [C.FireLookupTimer]: 31,
  [C.EndLookup]: 31,
  [C.StartLookup]: 32,
  [C.ExpireLookup]: 33,
  [C.TakeRequest]: 30,
  [C.AnswerRequest]: 30,
  [C.WriteRequest]: 30,
  [C.FinishRequest]: 31,
  [C.CloseSocket]: 31,
  [C.StartRequest]: 32,
  [C.ExpireRequest]: 33,
  [C.ForgetSocket]: 40,
};

const WORKLOAD: readonly number[] = [
  C.StartRequest,
  C.WriteRequest,
  C.TakeRequest,
  C.AnswerRequest,
  C.FinishRequest,
  C.ExpireRequest,
  C.CloseSocket,
  C.ForgetSocket,
];

const DNS: readonly number[] = [
  C.StartLookup,
  C.AskServer,
  C.ReadAnswer,
  C.FireLookupTimer,
  C.AnswerQuery,
  C.FireForwardTimer,
  C.EndLookup,
  C.ExpireLookup,
];

export const netPlane = Object.fromEntries(
  Object.values(C).map((kind) => [kind, WORKLOAD.includes(kind) ? 'workload' : DNS.includes(kind) ? 'dns' : 'packet']),
) as Readonly<Record<NetCommand['kind'], Plane>>;
