/**
 * Checks of a Service, after defaulting and, for its addresses and node ports, beside the allocators' own refusals.
 * @see kubernetes pkg/apis/core/validation/validation.go ValidateService, ValidateServiceUpdate
 */
import { familyOf, validateCidr, validateIp, validateOrdinaryIp } from './address-validation.ts';
import type { FieldError } from './field-error.ts';
import { duplicate, forbidden, invalid, notSupported, required } from './field-error.ts';
import { validateLabels, validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import { dns1035Label, dns1123Label, dns1123Subdomain, labelKey, portName, portNumber } from './name.ts';
import type { Service, ServicePort, ServiceSpec } from './service.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

/** @returns nothing when the Service may be stored */
export function validateService(service: Service): FieldError[] {
  const { spec } = service;
  return [
    ...validateMetadata(service.metadata, true, dns1035Label),
    ...validateByType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateClusterIps(spec),
    ...validateExternalIps(spec),
    ...(TYPES.includes(spec.type) ? [] : [notSupported('spec.type', spec.type, TYPES)]),
    ...validateNodePorts(spec),
    ...validateDuplicatePorts(spec.ports ?? []),
    ...validateLoadBalancer(spec),
    ...validateTrafficPolicies(spec),
  ];
}

function validateByType(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const headless = spec.clusterIP === 'None';
  if (!spec.ports?.length && !headless && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && headless) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type === 'ExternalName') errors.push(...validateExternalName(spec));
  return errors;
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const never = 'may not be set for ExternalName services';
  const errors: FieldError[] = [];
  if (spec.clusterIPs?.length || spec.clusterIP) errors.push(forbidden('spec.clusterIPs', never));
  if (spec.ipFamilies?.length) errors.push(forbidden('spec.ipFamilies', never));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', never));
  const alias = (spec.externalName ?? '').replace(/\.$/, '');
  if (alias === '') errors.push(required('spec.externalName'));
  else errors.push(...dns1123Subdomain(alias).map((text) => invalid('spec.externalName', alias, text)));
  return errors;
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  return ports.flatMap((port, i) => validatePort(port, `spec.ports[${i}]`, ports.length > 1, names));
}

function validatePort(port: ServicePort, path: string, needsName: boolean, names: Set<string>): FieldError[] {
  const errors: FieldError[] = [];
  if (!port.name) {
    if (needsName) errors.push(required(`${path}.name`));
  } else {
    const { name } = port;
    errors.push(...dns1123Label(name).map((text) => invalid(`${path}.name`, name, text)));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
  }
  errors.push(...portNumber(port.port ?? 0).map((text) => invalid(`${path}.port`, port.port ?? 0, text)));
  if (!PROTOCOLS.includes(port.protocol)) errors.push(notSupported(`${path}.protocol`, port.protocol, PROTOCOLS));
  const { targetPort, appProtocol } = port;
  const texts = typeof targetPort === 'string' ? portName(targetPort) : portNumber(targetPort ?? 0);
  errors.push(...texts.map((text) => invalid(`${path}.targetPort`, targetPort ?? 0, text)));
  if (appProtocol !== undefined) {
    errors.push(...labelKey(appProtocol).map((text) => invalid(`${path}.appProtocol`, appProtocol, text)));
  }
  return errors;
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None') {
    return sessionAffinityConfig === undefined
      ? []
      : [forbidden(path, 'must not be set when session affinity is None')];
  }
  if (sessionAffinity !== 'ClientIP')
    return [notSupported('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None'])];
  if (sessionAffinityConfig === undefined) {
    return [required(path, 'when session affinity type is ClientIP')];
  }
  const seconds = sessionAffinityConfig.clientIP?.timeoutSeconds;
  if (seconds === undefined) {
    return [required(`${path}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP')];
  }
  return seconds > 0 && seconds <= 86_400
    ? []
    : [invalid(`${path}.clientIP.timeoutSeconds`, seconds, 'must be greater than 0 and less than 86400')];
}

function validateClusterIps(spec: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const errors: FieldError[] = [];
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  if (spec.clusterIP !== undefined && spec.clusterIPs !== undefined && spec.clusterIP !== spec.clusterIPs[0]) {
    errors.push(invalid('spec.clusterIPs', spec.clusterIPs, 'first value must match `clusterIP`'));
  }
  if (ips.length > 2) {
    errors.push(invalid('spec.clusterIPs', ips, 'may only hold up to 2 values'));
  }
  ips.forEach((ip, i) => {
    if (ip === 'None') {
      if (ips.length > 1) errors.push(invalid('spec.clusterIPs', ips, "'None' must be the first and only value"));
      return;
    }
    errors.push(...validateIp(ip, `spec.clusterIPs[${i}]`));
    const wanted = spec.ipFamilies?.[i];
    if (wanted !== undefined && familyOf(ip) !== undefined && familyOf(ip) !== wanted) {
      errors.push(
        invalid(`spec.clusterIPs[${i}]`, ip, `expected an ${wanted} value as indicated by \`ipFamilies[${i}]\``),
      );
    }
  });
  if (ips.length === 2 && familyOf(ips[0]!) !== undefined && familyOf(ips[0]!) === familyOf(ips[1]!)) {
    errors.push(invalid('spec.clusterIPs', ips, 'may specify no more than one IP for each IP family'));
  }
  (spec.ipFamilies ?? []).forEach((family, i, all) => {
    const path = `spec.ipFamilies[${i}]`;
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(notSupported(path, family, ['IPv4', 'IPv6']));
    else if (all.indexOf(family) < i) errors.push(duplicate(path, family));
  });
  return errors;
}

function validateExternalIps(spec: ServiceSpec): FieldError[] {
  return (spec.externalIPs ?? []).flatMap((ip, i) => {
    const errors = validateIp(ip, `spec.externalIPs[${i}]`);
    return errors.length > 0 ? errors : validateOrdinaryIp(ip, `spec.externalIPs[${i}]`);
  });
}

function validateNodePorts(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (spec.ports ?? []).forEach(({ nodePort, protocol }, i) => {
    if (!nodePort) return;
    const path = `spec.ports[${i}].nodePort`;
    if (spec.type === 'ClusterIP') errors.push(forbidden(path, "may not be used when `type` is 'ClusterIP'"));
    if (seen.has(`${protocol} ${nodePort}`)) errors.push(duplicate(path, nodePort));
    seen.add(`${protocol} ${nodePort}`);
  });
  return errors;
}

function validateDuplicatePorts(ports: readonly ServicePort[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  ports.forEach(({ port, protocol }, i) => {
    // Upstream prints its internal record, of which only these two fields are filled.
    const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
    if (seen.has(`${protocol} ${port}`)) errors.push(duplicate(`spec.ports[${i}]`, shown));
    seen.add(`${protocol} ${port}`);
  });
  return errors;
}

function validateLoadBalancer(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const only = "may only be used when `type` is 'LoadBalancer'";
  const isBalanced = spec.type === 'LoadBalancer';
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0 && !isBalanced) errors.push(forbidden('spec.LoadBalancerSourceRanges', only));
  ranges.forEach((range, i) => {
    errors.push(...validateCidr(range.trim(), `spec.LoadBalancerSourceRanges[${i}]`));
  });
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isBalanced) {
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', only));
  }
  if (spec.loadBalancerClass !== undefined && !isBalanced) {
    errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  }
  return errors;
}

/** Whether node ports, a balancer or external IPs lead to the service from outside. */
function isExternal(spec: ServiceSpec): boolean {
  const { type, externalIPs } = spec;
  return type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && (externalIPs ?? []).length > 0);
}

function validateTrafficPolicies(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { externalTrafficPolicy, internalTrafficPolicy, trafficDistribution, healthCheckNodePort } = spec;
  if (externalTrafficPolicy !== undefined) {
    const path = 'spec.externalTrafficPolicy';
    if (!isExternal(spec)) {
      errors.push(invalid(path, externalTrafficPolicy, 'may only be set for externally-accessible services'));
    } else if (!POLICIES.includes(externalTrafficPolicy)) {
      errors.push(notSupported(path, externalTrafficPolicy, POLICIES));
    }
  }
  if (healthCheckNodePort && !(spec.type === 'LoadBalancer' && externalTrafficPolicy === 'Local')) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', healthCheckNodePort, detail));
  } else if (healthCheckNodePort) {
    const texts = portNumber(healthCheckNodePort);
    errors.push(...texts.map((text) => invalid('spec.healthCheckNodePort', healthCheckNodePort, text)));
  }
  if (internalTrafficPolicy !== undefined && !POLICIES.includes(internalTrafficPolicy)) {
    errors.push(notSupported('spec.internalTrafficPolicy', internalTrafficPolicy, POLICIES));
  }
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, DISTRIBUTIONS));
  }
  return errors;
}

/**
 * The new state of a Service against the old one. Fields that the user left out and the allocators had filled are to be
 * carried over before (`carryOverService`).
 * @param minor release of the API server; up to 1.19 there is one clusterIP, and another text
 */
export function validateServiceUpdate(next: Service, previous: Service, minor: number): FieldError[] {
  const errors = validateMetadataUpdate(next.metadata, previous.metadata);
  errors.push(...validateClusterIpUpdate(next.spec, previous.spec, minor));
  const needsCheck = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
    type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
  if (needsCheck(next.spec) && needsCheck(previous.spec)) {
    if ((next.spec.healthCheckNodePort ?? 0) !== (previous.spec.healthCheckNodePort ?? 0)) {
      errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
    }
  }
  if (next.spec.type === 'LoadBalancer' && previous.spec.type === 'LoadBalancer') {
    if (next.spec.loadBalancerClass !== previous.spec.loadBalancerClass) {
      errors.push(invalid('spec.loadBalancerClass', next.spec.loadBalancerClass, 'may not change once set'));
    }
  }
  errors.push(...validateService(next));
  return errors;
}

function validateClusterIpUpdate(next: ServiceSpec, previous: ServiceSpec, minor: number): FieldError[] {
  if (next.type === 'ExternalName' || previous.type === 'ExternalName') return [];
  const before = previous.clusterIP ?? '';
  const after = next.clusterIP ?? '';
  if (before === '' || before === after) return [];
  if (minor < 20) return [invalid('spec.clusterIP', after, 'field is immutable')];
  if (after === '') return [invalid('spec.clusterIPs[0]', null, 'primary clusterIP can not be unset')];
  return [invalid('spec.clusterIPs[0]', next.clusterIPs ?? [after], 'may not change once set')];
}
