/**
 * Checks of Endpoints and EndpointSlices.
 * @see kubernetes pkg/apis/core/validation/validation.go ValidateEndpoints, pkg/apis/discovery/validation/validation.go
 */
import { familyOf, validateIp, validateOrdinaryIp } from './address-validation.ts';
import type { EndpointSlice } from './endpoint-slice.ts';
import type { EndpointAddress, Endpoints } from './endpoints.ts';
import type { FieldError } from './field-error.ts';
import { duplicate, invalid, notSupported, required } from './field-error.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import { dns1123Label, dns1123Subdomain, portNumber } from './name.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];

/** @param minor release of the API server; absent: the newest */
export function validateEndpoints(endpoints: Endpoints, minor?: number): FieldError[] {
  const errors = validateMetadata(endpoints.metadata, true, dns1123Subdomain);
  (endpoints.subsets ?? []).forEach((subset, i) => {
    const path = `subsets[${i}]`;
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    if (addresses.length + notReadyAddresses.length === 0) {
      errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
    }
    errors.push(...validateAddresses(addresses, `${path}.addresses`, minor));
    errors.push(...validateAddresses(notReadyAddresses, `${path}.notReadyAddresses`, minor));
    ports.forEach((port, j) => {
      const at = `${path}.ports[${j}]`;
      const { name, protocol } = port;
      if (!name && ports.length > 1) errors.push(required(`${at}.name`));
      if (name) errors.push(...dns1123Label(name).map((text) => invalid(`${at}.name`, name, text)));
      errors.push(...portNumber(port.port ?? 0).map((text) => invalid(`${at}.port`, port.port ?? 0, text)));
      if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    });
  });
  return errors;
}

function validateAddresses(
  addresses: readonly EndpointAddress[],
  path: string,
  minor: number | undefined,
): FieldError[] {
  return addresses.flatMap(({ ip }, i) => {
    const errors = validateIp(ip ?? '', `${path}[${i}].ip`);
    return errors.length > 0 ? errors : validateOrdinaryIp(ip, `${path}[${i}].ip`, minor);
  });
}

export function validateEndpointSlice(slice: EndpointSlice): FieldError[] {
  const errors = validateMetadata(slice.metadata, true, dns1123Subdomain);
  if (!slice.addressType) errors.push(required('addressType'));
  else if (!ADDRESS_TYPES.includes(slice.addressType)) {
    errors.push(notSupported('addressType', slice.addressType, ADDRESS_TYPES));
  }
  const { endpoints, ports = [] } = slice;
  if (endpoints.length > 1000) errors.push(`endpoints: Too many: ${endpoints.length}: must have at most 1000 items`);
  endpoints.forEach(({ addresses }, i) => {
    const path = `endpoints[${i}].addresses`;
    if (addresses.length === 0) errors.push(required(path, 'must contain at least 1 address'));
    addresses.forEach((address, j) => {
      errors.push(...validateSliceAddress(slice.addressType, address, `${path}[${j}]`));
    });
  });
  const names = new Set<string>();
  ports.forEach(({ name = '', protocol, port }, i) => {
    const path = `ports[${i}]`;
    if (name !== '') errors.push(...dns1123Label(name).map((text) => invalid(`${path}.name`, name, text)));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
      errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
    }
    if (port !== undefined) errors.push(...portNumber(port).map((text) => invalid(`${path}.port`, port, text)));
  });
  return errors;
}

function validateSliceAddress(type: EndpointSlice['addressType'], address: string, path: string): FieldError[] {
  if (type === 'FQDN') return dns1123Subdomain(address).map((text) => invalid(path, address, text));
  if (familyOf(address) !== type) return [invalid(path, address, `must be a valid ${type} address`)];
  return validateOrdinaryIp(address, path);
}

export function validateEndpointSliceUpdate(next: EndpointSlice, previous: EndpointSlice): FieldError[] {
  const errors = validateMetadataUpdate(next.metadata, previous.metadata);
  errors.push(...validateEndpointSlice(next));
  if (next.addressType !== previous.addressType) {
    errors.push(invalid('addressType', next.addressType, 'field is immutable'));
  }
  return errors;
}
