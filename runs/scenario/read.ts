/**
 * From FILEs to a scenario: one Scenario document, the objects around it, the files that it names. Everything is
 * checked here, before a run writes anything; what is wrong ends in one line with its place.
 */
import { InputError } from '../input-error.ts';
import { type DoubleKey, type ManifestDocument, parseManifest } from '../manifest/document.ts';
import { type Locator, partLocator } from '../manifest/locator.ts';
import type { SourceFile } from '../manifest/source.ts';
import { checkAddresses, plannedNodes, profileNodes } from './address-plan.ts';
import { assumptionNotices, unreadSecrets } from './assumption.ts';
import { checkCapacity } from './capacity.ts';
import { impliedNamespaces, namespaceNotices } from './implied-namespace.ts';
import { checkInstants, cutShort } from './instant-check.ts';
import { schemaError, shown } from './issue.ts';
import { kindNamed, nameOf } from './known-names.ts';
import { refuseUnmodelled } from './not-modelled.ts';
import { type ManifestObject, objectNotices, pendingNotices, type Sorted, sortObject } from './object.ts';
import { resolveProfile, withCni } from './profile.ts';
import { checkReferences } from './reference-check.ts';
import type { Cluster, LoadedRules, Scenario, TimelineAction } from './scenario.ts';
import {
  API_VERSION,
  GROUP,
  type ScenarioDocument,
  type Spec,
  scenarioJsonSchema,
  scenarioSchema,
} from './schema/scenario.ts';
import { isText } from './schema-node.ts';
import { applySettings, parseSetting } from './setting.ts';
import { didYouMean } from './suggestion.ts';

export interface ReadOptions {
  /** `--set path=value`, in the order given. */
  readonly sets?: readonly string[];
  /**
   * Opens a file that the scenario names, relative to the file that names it.
   * @throws {InputError} when it can't be read
   */
  readonly open: (name: string, from: SourceFile) => SourceFile;
}

/** What a document was that is no object of the model. */
type Left = Exclude<Sorted, { type: 'kept' }>;

interface Found {
  readonly document: ManifestDocument;
  readonly source: SourceFile;
}

/** @throws {InputError} at the first thing that is wrong */
export function readScenario(sources: readonly SourceFile[], { sets = [], open }: ReadOptions): Scenario {
  const { scenario: found, objects, left, doubles } = sortDocuments(sources);
  const settings = sets.map((text) => parseSetting(text, (path) => isText(scenarioJsonSchema(), path)));
  const { value, locator } = applySettings(found.document.value, found.document.locator, settings);
  const parsed = scenarioSchema.safeParse(value);
  if (!parsed.success) throw schemaError(parsed.error.issues, value, locator, scenarioJsonSchema());
  const { spec, metadata } = parsed.data as ScenarioDocument;
  const kubernetes = clusterOf(spec, locator);
  refuseUnmodelled(spec, locator);
  const referenced: SourceFile[] = [];
  const openOnce = (name: string, path: (string | number)[]): SourceFile => {
    try {
      const source = open(name, found.source);
      if (!referenced.some((other) => other.name === source.name)) referenced.push(source);
      return source;
    } catch (error) {
      if (error instanceof InputError && error.line === undefined) {
        throw new InputError(locator.value(['spec', ...path]), `${error.file ?? name}: ${error.reason}`);
      }
      throw error;
    }
  };
  const held = new Set<ManifestObject>();
  const timeline = spec.timeline.map((entry, i): TimelineAction => {
    const where = locator.value(['spec', 'timeline', i]);
    const { objects: named, apply, ...rest } = entry;
    if (apply !== undefined) {
      const applied = appliedObjects(openOnce(apply, ['timeline', i, 'apply']), left);
      return { ...rest, apply, applied, where };
    }
    const applied = (named ?? []).flatMap((item, j) => {
      const place = partLocator(locator, ['spec', 'timeline', i, 'objects', j]);
      if (typeof item !== 'string') return keptObject({ value: item, locator: place, where: place.value([]) }, left);
      const object = namedObject(item, objects, place);
      held.add(object);
      return [object];
    });
    return { ...rest, apply, applied, where };
  });
  const loaded = (key: 'rules' | 'ipsets') =>
    Object.entries(spec[key]).map(
      ([host, file]): LoadedRules => ({
        host,
        source: openOnce(file, [key, host]),
        where: locator.value(['spec', key, host]),
      }),
    );
  const rules = loaded('rules');
  const ipsets = loaded('ipsets');
  const nodes = plannedNodes(spec.nodes ?? profileNodes(kubernetes.profile), locator);
  const hosts = spec.hosts.map((host, i) => ({ ...host, where: locator.value(['spec', 'hosts', i]) }));
  const { seed, start, until, nodes: _, expect, traffic, ...rest } = spec;
  const scenario: Scenario = {
    ...rest,
    name: metadata.name,
    source: found.source,
    locator,
    where: found.document.where,
    seed: String(seed),
    startMs: start,
    untilNs: until,
    kubernetes,
    nodes,
    hosts,
    rules,
    ipsets,
    timeline,
    traffic: traffic.map((entry, i) => ({
      ...entry,
      name: entry.name ?? `traffic-${i + 1}`,
      where: locator.value(['spec', 'traffic', i]),
    })),
    expect: expect.map((entry, i) => ({ ...entry, where: locator.value(['spec', 'expect', i]) })),
    objects: objects.filter((object) => !held.has(object)),
    referenced,
    notices: [
      ...kubernetes.profile.notices,
      ...namespaceNotices(impliedNamespaces(objects, timeline)),
      ...doubleKeyNotices(doubles),
      ...objectNotices([
        ...left,
        ...unreadSecrets(objects).map(() => ({ type: 'passed-over', kind: 'Secret' }) as const),
      ]),
      ...pendingNotices([...objects, ...timeline.flatMap(({ applied }) => applied)]),
      ...assumptionNotices([...objects, ...timeline.flatMap(({ applied }) => applied)], spec.images),
    ],
  };
  const serviceCidrGiven = spec.kubernetes.serviceCIDRs !== undefined;
  checkAddresses({ nodes, hosts, locator, serviceCidrGiven, ...kubernetes });
  checkCapacity(scenario);
  checkReferences(scenario);
  if (settings.some(({ path }) => path.join('.') === 'spec.until')) return cutShort(scenario);
  checkInstants(scenario);
  return scenario;
}

/** The scenario's own document, and the rest. */
function sortDocuments(sources: readonly SourceFile[]) {
  const objects: ManifestObject[] = [];
  const doubles: DoubleKey[] = [];
  const left: Left[] = [];
  const scenarios: Found[] = [];
  for (const source of sources) {
    for (const document of parseManifest(source)) {
      if (isOurs(document)) {
        refuseDoubleKeys(document);
        scenarios.push({ document, source });
      } else {
        doubles.push(...(document.doubleKeys ?? []));
        objects.push(...keptObject(document, left));
      }
    }
  }
  const [scenario, second] = scenarios;
  if (scenario === undefined) {
    const files = sources.map(({ name }) => name).join(', ');
    throw new InputError(
      undefined,
      `There is no Scenario (apiVersion: ${API_VERSION}) in ${files}: exactly one is wanted`,
    );
  }
  if (second !== undefined)
    throw new InputError(second.document.where, 'This is a second Scenario: exactly one is wanted');
  return { scenario, objects, left, doubles };
}

/** A manifest's key that stands twice is no fault to an API server, which takes the last; in a scenario it is one. */
function refuseDoubleKeys({ doubleKeys = [] }: ManifestDocument): void {
  for (const { key, where } of doubleKeys) throw new InputError(where, `The key "${key}" stands twice in this map`);
}

/** @see kubernetes issue 89303 */
function doubleKeyNotices(doubles: readonly DoubleKey[]): string[] {
  return doubles.map(
    ({ key, where: { file, line, column } }) =>
      `${file}:${line}:${column}: the key "${key}" stands twice in this map; the last one counts, as for kubectl`,
  );
}

/** Whether a document is of our group. @throws {InputError} for a kind or version that our group doesn't have */
function isOurs({ value, locator }: ManifestDocument): boolean {
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string') return false;
  if (apiVersion !== GROUP && !apiVersion.startsWith(`${GROUP}/`)) return false;
  if (kind !== 'Scenario') {
    const hint = typeof kind === 'string' ? didYouMean(kind, ['Scenario']) : '';
    throw new InputError(
      locator.value(['kind']),
      `${GROUP} has no kind ${shown(kind)}${hint || ': wanted is "Scenario"'}`,
    );
  }
  return true;
}

function keptObject(document: ManifestDocument, left: Left[]): ManifestObject[] {
  const sorted = sortObject(document);
  if (sorted.type === 'kept') return [sorted.object];
  left.push(sorted);
  return [];
}

function appliedObjects(source: SourceFile, left: Left[]): ManifestObject[] {
  return parseManifest(source).flatMap((document) => {
    if (isOurs(document)) throw new InputError(document.where, 'A Scenario cannot be applied by a timeline');
    return keptObject(document, left);
  });
}

/** `service/web`, `deployment/shop/web`: an object of the FILEs that the timeline holds back. */
function namedObject(text: string, objects: readonly ManifestObject[], locator: Locator): ManifestObject {
  const [word, ...rest] = text.split('/') as [string, ...string[]];
  const kind = kindNamed(word);
  const [namespace, name] = rest.length > 1 ? rest : ['default', rest[0]];
  const where = locator.value([]);
  if (kind === undefined || name === undefined) {
    throw new InputError(where, `"${text}" names no object: wanted is KIND/[NAMESPACE/]NAME, such as service/web`);
  }
  const object = objects.find((candidate) => {
    const found = nameOf(candidate.object);
    return found.kind === kind && found.name === name && found.namespace === namespace;
  });
  if (object !== undefined) return object;
  const names = objects.map((candidate) => nameOf(candidate.object)).filter((found) => found.kind === kind);
  const hint = didYouMean(
    name,
    names.map((found) => found.name),
  );
  throw new InputError(where, `There is no ${kind} "${name}" in namespace ${namespace}${hint}`);
}

function clusterOf(spec: Spec, locator: Locator): Cluster {
  const { profile: name, version, cni, podCIDRs, serviceCIDRs, ...rest } = spec.kubernetes;
  const profile = resolveProfile(name, version);
  if ('reason' in profile) throw new InputError(locator.value(['spec', 'kubernetes', profile.key]), profile.reason);
  return {
    ...rest,
    profile: withCni(profile, cni ?? profile.cni),
    cni: cni ?? profile.cni,
    podCIDRs: podCIDRs ?? profile.podCIDRs,
    serviceCIDRs: serviceCIDRs ?? profile.serviceCIDRs,
  };
}
