/**
 * The resolver inside BIND's tools (nslookup, dig, host): one question at a time, each server in turn, the search list
 * only as long as names are denied.
 * @see https://gitlab.isc.org/isc-projects/bind9 bin/dig/dighost.c
 */
import { SECOND } from '../../core/time.ts';
import { addressesIn, Rcode, sameQuestion } from './message.ts';
import { fqdn, isWireName } from './name.ts';
import { RecordType } from './record.ts';
import type { Ask, Heard, LookupPlan, Resolution } from './resolution.ts';
import { MAX_NAMESERVERS, settingsOf } from './resolver-config.ts';

/** What its queries announce. */
export const BIND_UDP_BYTES = 1232;
const TRIES = 3;
const PATIENCE_NS = 5 * SECOND;

export function* bindResolution(plan: LookupPlan, startNs: number): Resolution {
  const { config, name, types = [RecordType.A], tries = TRIES, patienceNs = PATIENCE_NS } = plan;
  const servers = config.nameservers.slice(0, MAX_NAMESERVERS).length;
  const { ndots } = settingsOf(config, 'glibc');
  const rooted = name.endsWith('.');
  const dots = name.split('.').length - 1;
  const endings = rooted || plan.searches === false ? [] : config.search;
  const plain = fqdn(name);
  const searched = endings.map((ending) => fqdn(`${name}.${ending}`));
  const candidates = (dots >= ndots ? [plain, ...searched] : [...searched, plain]).filter(isWireName);
  let nowNs = startNs;
  let socket = 0;
  const addresses: string[] = [];
  for (const candidate of candidates) {
    let denied = false;
    for (const type of types) {
      const question = { name: candidate, type };
      let rcode = -1;
      let tcp = plan.tcp === true;
      for (let attempt = 0; rcode < 0 && attempt < tries * servers; attempt++) {
        const server = attempt % servers;
        const own = socket++;
        let sends: Ask[] = [{ socket: own, server, tcp, question, udpBytes: plan.udpBytes ?? 0 }];
        const untilNs = nowNs + patienceNs;
        for (;;) {
          const heard: Heard = yield { sends, untilNs };
          sends = [];
          nowNs = heard.nowNs;
          if (heard.type === 'timeout' || (heard.type === 'refused' && heard.socket === own)) break;
          if (heard.type !== 'answer' || heard.socket !== own || !sameQuestion(heard.message.question, question))
            continue;
          if (heard.message.truncated && !tcp) {
            tcp = true;
            attempt = -1;
            break;
          }
          rcode = heard.message.rcode;
          if (type === RecordType.A || type === RecordType.AAAA) addresses.push(...addressesIn(heard.message, type));
          break;
        }
      }
      if (rcode < 0) return { addresses, error: 'again' };
      if (rcode === Rcode.NxDomain) {
        denied = true;
        break;
      }
      if (rcode !== Rcode.NoError) return { addresses, error: 'again' };
    }
    if (!denied) return { addresses, error: undefined };
  }
  return { addresses, error: 'noname' };
}
