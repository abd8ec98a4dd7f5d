/**
 * kube-proxy in iptables mode: which program one sync loads.
 */
import type { Proxier, SyncInputs, SyncProgram } from '../proxier.ts';
import { writeCurrent } from './current-layout.ts';
import { writeEarly } from './early-layout.ts';
import { CANARY_CHAIN, CANARY_TABLES, jumpRules, kubeletRules } from './jump.ts';
import { acceptsLocalhost } from './node-port-jump.ts';

/**
 * The text that one sync gives to `iptables-restore --noflush --counters`. A chain that is named is flushed first, a
 * chain that is not named stays as it is. Work is linear in services and endpoints, but for sorting the services.
 */
export function restoreProgram(inputs: SyncInputs): string {
  return inputs.config.profile.layout === '1.16' ? writeEarly(inputs) : writeCurrent(inputs);
}

/** Release that looks for a canary instead of writing everything again and again. @see kubernetes pkg/util/iptables Monitor */
const CANARY_MINOR = 18;
const CANARIES = CANARY_TABLES.map((table) => ({ table, chain: CANARY_CHAIN }));

function sync(inputs: SyncInputs): SyncProgram {
  const { config } = inputs;
  const early = config.profile.layout === '1.16';
  const full = inputs.changed === undefined || !config.profile.partialSync;
  const localhost = early ? config.family === 4 : acceptsLocalhost(config);
  const { changed: _, ...rest } = inputs;
  return {
    full,
    canaries: full && config.profile.minor >= CANARY_MINOR ? CANARIES : [],
    // The kubelet's are ensured here too: without its chains an early kube-proxy's text would not load.
    ensured: full ? [...kubeletRules(config), ...jumpRules(config.profile)] : [],
    steps: [
      {
        tool: config.family === 4 ? 'iptables-restore' : 'ip6tables-restore',
        args: ['-w', '5', '--noflush', '--counters'],
        input: restoreProgram(full ? rest : inputs),
      },
    ],
    sysctls: localhost ? { 'net.ipv4.conf.all.route_localnet': '1' } : {},
  };
}

/** @see kubernetes pkg/proxy/iptables/proxier.go */
export const IPTABLES_PROXIER: Proxier = { mode: 'iptables', sync };
