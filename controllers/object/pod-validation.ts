/**
 * Checks of a pod, or of the template of one: what bears on how it is reached and restarted.
 * @see kubernetes pkg/apis/core/validation/validation.go ValidatePodSpec
 */
import { canonicalText } from '../canonical.ts';
import { validateIp } from './address-validation.ts';
import type { FieldError } from './field-error.ts';
import { duplicate, forbidden, invalid, notSupported, required } from './field-error.ts';
import {
  validateAnnotations,
  validateLabels,
  validateMetadata,
  validateMetadataUpdate,
} from './metadata-validation.ts';
import { dns1123Label, dns1123Subdomain, portName, portNumber } from './name.ts';
import type { Container, ContainerPort, Pod, PodSpec, PodTemplate, Probe } from './pod.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const DNS_POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];

export function validatePod(pod: Pod): FieldError[] {
  return [...validateMetadata(pod.metadata, true, dns1123Subdomain), ...validatePodSpec(pod.spec, 'spec')];
}

export function validatePodTemplate(template: PodTemplate, path: string): FieldError[] {
  return [
    ...validateLabels(template.metadata.labels, `${path}.labels`),
    ...validateAnnotations(template.metadata.annotations, `${path}.annotations`),
    ...validatePodSpec(template.spec, `${path}.spec`),
  ];
}

function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.containers.length === 0) errors.push(required(`${path}.containers`));
  const names = new Set<string>();
  errors.push(...validateContainers(spec.initContainers ?? [], `${path}.initContainers`, spec, names));
  errors.push(...validateContainers(spec.containers, `${path}.containers`, spec, names));
  errors.push(...validateHostPorts(spec, path));
  if (!RESTART_POLICIES.includes(spec.restartPolicy)) {
    errors.push(notSupported(`${path}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES));
  }
  if (!DNS_POLICIES.includes(spec.dnsPolicy)) {
    errors.push(notSupported(`${path}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES));
  }
  errors.push(...validateDnsConfig(spec, path));
  if (spec.terminationGracePeriodSeconds < 0) {
    const detail = 'must be greater than or equal to 0';
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds, detail));
  }
  for (const field of ['hostname', 'subdomain'] as const) {
    const value = spec[field];
    if (value) errors.push(...dns1123Label(value).map((text) => invalid(`${path}.${field}`, value, text)));
  }
  if (spec.nodeName) {
    const { nodeName } = spec;
    errors.push(...dns1123Subdomain(nodeName).map((text) => invalid(`${path}.nodeName`, nodeName, text)));
  }
  errors.push(...validateLabels(spec.nodeSelector, `${path}.nodeSelector`));
  return errors;
}

function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  const servers = dnsConfig?.nameservers ?? [];
  const at = `${path}.dnsConfig.nameservers`;
  if (dnsPolicy === 'None' && dnsConfig === undefined) {
    return [required(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  }
  if (dnsPolicy === 'None' && servers.length === 0) {
    return [required(at, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  const errors = servers.flatMap((server, i) => validateIp(server, `${at}[${i}]`));
  if (servers.length > 3) errors.unshift(invalid(at, servers, 'must not have more than 3 nameservers'));
  return errors;
}

function validateContainers(
  containers: readonly Container[],
  path: string,
  spec: PodSpec,
  names: Set<string>,
): FieldError[] {
  return containers.flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    if (!container.name) errors.push(required(`${at}.name`));
    else errors.push(...dns1123Label(container.name).map((text) => invalid(`${at}.name`, container.name, text)));
    if (container.name && names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    if (!container.image) errors.push(required(`${at}.image`));
    else if (container.image !== container.image.trim()) {
      errors.push(invalid(`${at}.image`, container.image, 'must not have leading or trailing whitespace'));
    }
    errors.push(...validateContainerPorts(container.ports ?? [], `${at}.ports`, spec.hostNetwork === true));
    (container.env ?? []).forEach(({ name }, j) => {
      if (!name) errors.push(required(`${at}.env[${j}].name`));
    });
    for (const field of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      const probe = container[field];
      if (probe !== undefined) errors.push(...validateProbe(probe, `${at}.${field}`, field !== 'readinessProbe'));
    }
    return errors;
  });
}

function validateContainerPorts(ports: readonly ContainerPort[], path: string, onHost: boolean): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const { name, containerPort, hostPort, protocol } = port;
    if (name) {
      const texts = portName(name);
      errors.push(...texts.map((text) => invalid(`${at}.name`, name, text)));
      if (texts.length === 0 && names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    if (!containerPort) errors.push(required(`${at}.containerPort`));
    else errors.push(...portNumber(containerPort).map((text) => invalid(`${at}.containerPort`, containerPort, text)));
    if (hostPort) {
      errors.push(...portNumber(hostPort).map((text) => invalid(`${at}.hostPort`, hostPort, text)));
      if (onHost && hostPort !== containerPort) {
        const detail = 'must match `hostPort` when `hostNetwork` is true';
        errors.push(invalid(`${at}.containerPort`, containerPort, detail));
      }
    }
    if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    return errors;
  });
}

/** No two containers of a pod may ask for the same port of the host. */
function validateHostPorts(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  spec.containers.forEach((container, i) => {
    (container.ports ?? []).forEach(({ hostPort, protocol, hostIP }, j) => {
      if (!hostPort) return;
      const key = `${protocol}/${hostIP ?? ''}/${hostPort}`;
      if (seen.has(key)) errors.push(duplicate(`${path}.containers[${i}].ports[${j}].hostPort`, key));
      seen.add(key);
    });
  });
  return errors;
}

function validateProbe(probe: Probe, path: string, oneSuccess: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'grpc'] as const).filter((name) => probe[name] !== undefined);
  if (handlers.length === 0) errors.push(required(path, 'must specify a handler type'));
  for (const name of handlers.slice(1)) {
    errors.push(forbidden(`${path}.${name}`, 'may not specify more than 1 handler type'));
  }
  for (const name of ['httpGet', 'tcpSocket'] as const) {
    const port = probe[name]?.port;
    if (probe[name] === undefined || port === undefined) continue;
    const texts = typeof port === 'string' ? portName(port) : portNumber(port);
    errors.push(...texts.map((text) => invalid(`${path}.${name}.port`, port, text)));
  }
  const detail = 'must be greater than or equal to 0';
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    const value = probe[field];
    if (value !== undefined && value < 0) errors.push(invalid(`${path}.${field}`, value, detail));
  }
  if (oneSuccess && probe.successThreshold !== 1) {
    errors.push(invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  return errors;
}

const FROZEN =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Almost nothing of a pod may change; upstream adds a dump of both specs to the text. */
export function validatePodUpdate(next: Pod, previous: Pod): FieldError[] {
  const errors = validateMetadataUpdate(next.metadata, previous.metadata);
  if (frozenPart(next.spec) !== frozenPart(previous.spec)) errors.push(forbidden('spec', FROZEN));
  return [...errors, ...validatePod(next)];
}

function frozenPart({ tolerations: _, containers, initContainers, ...spec }: PodSpec): string {
  const withoutImage = (list: readonly Container[] | undefined): unknown =>
    list?.map(({ image: _, ...container }) => container);
  return canonicalText({ ...spec, containers: withoutImage(containers), initContainers: withoutImage(initContainers) });
}
