/**
 * A scenario, read and checked: everything that a run needs to know, with its defaults set and its places kept.
 */
import type { Where } from '../input-error.ts';
import type { Locator } from '../manifest/locator.ts';
import type { SourceFile } from '../manifest/source.ts';
import type { ScenarioHost, ScenarioNode } from './address-plan.ts';
import type { ManifestObject } from './object.ts';
import type { Cni, Profile } from './profile.ts';
import type { ClusterEntry } from './schema/cluster.ts';
import type { Expectation } from './schema/expectation.ts';
import type { Image } from './schema/image.ts';
import type { Links } from './schema/link.ts';
import type { Pins } from './schema/pin.ts';
import type { Spec } from './schema/scenario.ts';
import type { TimelineEntry } from './schema/timeline.ts';
import type { TrafficEntry } from './schema/traffic.ts';

export interface Cluster extends Omit<ClusterEntry, 'profile' | 'version' | 'cni' | 'podCIDRs' | 'serviceCIDRs'> {
  readonly profile: Profile;
  readonly cni: Cni;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
}

export interface Traffic extends Omit<TrafficEntry, 'name'> {
  /** `traffic-1` and so on where none is given. */
  readonly name: string;
  readonly where: Where;
}

export interface TimelineAction extends Omit<TimelineEntry, 'objects' | 'apply'> {
  readonly where: Where;
  /** What `apply: FILE` or `objects:` brings in, in order; empty for other actions. */
  readonly applied: readonly ManifestObject[];
  /** The file of `apply: FILE`, as written. */
  readonly apply: string | undefined;
}

/** A file of rules, or of the IP sets that rules name. */
export interface LoadedRules {
  /** Node or host that they are loaded on. */
  readonly host: string;
  readonly source: SourceFile;
  readonly where: Where;
}

export interface Scenario {
  readonly name: string;
  /** The file that the Scenario document stands in. */
  readonly source: SourceFile;
  /** Places in the Scenario document. */
  readonly locator: Locator;
  readonly where: Where;
  readonly seed: string;
  /** Order of what falls due at one instant: 0 is that of scheduling. */
  readonly ties: number;
  /** Wall-clock instant of t = 0, in milliseconds since 1970. */
  readonly startMs: number;
  /** Absent: until nothing but upkeep is left, at most 1 h. */
  readonly untilNs: number | undefined;
  readonly kubernetes: Cluster;
  readonly kernel: '5' | '6';
  /** 0 to 1. */
  readonly conntrackRace: number;
  readonly underlay: 'flat' | 'routed';
  readonly sysctls: Readonly<Record<string, string>>;
  readonly links: Links;
  /** At least one; each with at least one address. */
  readonly nodes: readonly ScenarioNode[];
  readonly hosts: readonly ScenarioHost[];
  readonly rules: readonly LoadedRules[];
  /** `ipset save` texts. */
  readonly ipsets: readonly LoadedRules[];
  readonly dns: Spec['dns'];
  /** By image name. */
  readonly images: Readonly<Record<string, Image>>;
  readonly pins: Pins;
  /** In file order; run them in order of `atNs`, equal ones in this order. */
  readonly timeline: readonly TimelineAction[];
  readonly traffic: readonly Traffic[];
  readonly expect: readonly (Expectation & { readonly where: Where })[];
  /** Ordinary objects that are there at t = 0, in file order. */
  readonly objects: readonly ManifestObject[];
  /** Files named by the scenario (`apply`, `rules`, `ipsets`): inputs too. */
  readonly referenced: readonly SourceFile[];
  /** What a person should know without asking: for stderr. */
  readonly notices: readonly string[];
}
