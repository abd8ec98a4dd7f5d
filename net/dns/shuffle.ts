/**
 * The order of an answer's records, shuffled for each: aliases first, then what is neither alias nor address, then the
 * addresses in a drawn order.
 * @see https://github.com/coredns/coredns plugin/loadbalance/loadbalance.go
 */
import { type Message, Rcode } from './message.ts';
import { RecordType, type ResourceRecord } from './record.ts';

/** @param draw a number in [0, 2^16) of the given index; none is asked for where there is nothing to shuffle */
export function shuffle(message: Message, draw: (index: number) => number): Message {
  if (message.rcode !== Rcode.NoError) return message;
  const { type } = message.question;
  if (type === RecordType.AXFR || type === RecordType.IXFR) return message;
  let index = 0;
  const next = (): number => draw(index++);
  const { answer, authority, additional } = message;
  return {
    ...message,
    answer: reorder(answer, next),
    authority: reorder(authority, next),
    additional: reorder(additional, next),
  };
}

function reorder(records: readonly ResourceRecord[], next: () => number): readonly ResourceRecord[] {
  if (records.length <= 1) return records;
  const isAddress = ({ type }: ResourceRecord): boolean => type === RecordType.A || type === RecordType.AAAA;
  const isAlias = ({ type }: ResourceRecord): boolean => type === RecordType.CNAME;
  const addresses = records.filter(isAddress);
  for (let i = 0; i < addresses.length; i++) {
    const left = addresses.length - i;
    if (left < 2 || (addresses.length === 2 && i > 0)) break;
    const other = i + (next() % left);
    [addresses[i], addresses[other]] = [addresses[other]!, addresses[i]!];
  }
  return [...records.filter(isAlias), ...records.filter((one) => !isAddress(one) && !isAlias(one)), ...addresses];
}
