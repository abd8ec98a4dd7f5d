/**
 * Making an answer fit: whole if it does, compressed if that is enough, else cut at the first record that has no room,
 * with the bit that tells the client to ask again over TCP.
 * @see RFC 1035 section 4.2.1, RFC 2181 section 9, https://github.com/miekg/dns msg_truncate.go,
 *   https://github.com/coredns/coredns request/request.go Scrub
 */
import { messageBytes, OPT_BYTES, WireWriter } from './codec.ts';
import { type Message, PLAIN_UDP_BYTES } from './message.ts';
import type { ResourceRecord } from './record.ts';

/** Of a message over TCP. */
export const TCP_BYTES = 65535;
/** A datagram over IPv4 beyond which the server compresses, to keep it in one packet. */
const UNFRAGMENTED_BYTES = 1480;

export interface Fitted {
  readonly message: Message;
  /** On the wire, behind the UDP header. */
  readonly bytes: number;
}

/** @param limitBytes what the client takes: its OPT record's size, 512 without one, 65535 over TCP */
export function fit(message: Message, limitBytes: number): Fitted {
  const limit = Math.max(limitBytes, PLAIN_UDP_BYTES);
  const plain = messageBytes(message);
  if (plain <= limit) {
    // Only what a datagram could not carry in one piece is made smaller than it need be.
    const shrinks = limit < TCP_BYTES && plain > UNFRAGMENTED_BYTES;
    return { message, bytes: shrinks ? messageBytes(message, true) : plain };
  }
  const room = limit - (message.udpBytes > 0 ? OPT_BYTES : 0);
  const writer = new WireWriter(true);
  writer.header(message, [0, 0, 0]);
  writer.question(message.question);
  let full = writer.length >= room;
  const kept = (records: readonly ResourceRecord[]): readonly ResourceRecord[] => {
    const taken: ResourceRecord[] = [];
    for (const record of records) {
      if (full) break;
      writer.record(record);
      full = writer.length >= room;
      if (writer.length <= room) taken.push(record);
    }
    return taken;
  };
  const answer = kept(message.answer);
  const authority = kept(message.authority);
  const additional = kept(message.additional);
  const left =
    message.answer.length + message.authority.length + message.additional.length >
    answer.length + authority.length + additional.length;
  const cut = { ...message, answer, authority, additional, truncated: message.truncated || left };
  return { message: cut, bytes: messageBytes(cut, true) };
}

/** What the sender of a query takes over UDP. */
export function udpLimit({ udpBytes }: Message): number {
  return Math.max(udpBytes, PLAIN_UDP_BYTES);
}
