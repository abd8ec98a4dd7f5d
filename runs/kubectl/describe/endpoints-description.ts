/**
 * `kubectl describe endpoints` and `describe endpointslice`.
 */
import type { EndpointSlice } from '../../../controllers/object/endpoint-slice.ts';
import type { EndpointAddress, Endpoints } from '../../../controllers/object/endpoints.ts';
import type { ObjectMeta } from '../../../controllers/object/metadata.ts';
import type { Description } from './description.ts';

export function describeEndpoints(text: Description, { metadata, subsets = [] }: Endpoints): void {
  describeHead(text, metadata);
  text.line(0, 'Subsets:');
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    text.line(1, 'Addresses:', listOf(addresses));
    text.line(1, 'NotReadyAddresses:', listOf(notReadyAddresses));
    if (ports.length > 0) {
      text.line(1, 'Ports:');
      text.line(2, 'Name', 'Port', 'Protocol');
      text.line(2, '----', '----', '--------');
      for (const { name, port, protocol } of ports) text.line(2, name || '<unset>', port, protocol);
    }
    text.line(0, '');
  }
}

function describeHead(text: Description, metadata: ObjectMeta): void {
  text.heading(metadata);
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
}

function listOf(addresses: readonly EndpointAddress[]): string {
  return addresses.map(({ ip }) => ip).join(',') || '<none>';
}

export function describeEndpointSlice(text: Description, slice: EndpointSlice): void {
  const { metadata, addressType, ports = [], endpoints } = slice;
  describeHead(text, metadata);
  text.line(0, 'AddressType:', addressType);
  if (ports.length === 0) text.line(0, 'Ports: <unset>');
  else {
    text.line(0, 'Ports:');
    text.line(1, 'Name', 'Port', 'Protocol');
    text.line(1, '----', '----', '--------');
    for (const { name, port, protocol } of ports)
      text.line(1, name || '<unset>', port ?? '<unset>', protocol ?? '<unset>');
  }
  if (endpoints.length === 0) text.line(0, 'Endpoints: <none>');
  else text.line(0, 'Endpoints:');
  for (const { addresses, conditions, hostname, targetRef, nodeName, zone } of endpoints) {
    text.line(1, '- Addresses:', addresses.join(', '));
    text.line(2, 'Conditions:');
    text.line(3, 'Ready:', conditions?.ready ?? '<unset>');
    text.line(2, 'Hostname:', hostname ?? '<unset>');
    if (targetRef !== undefined) text.line(2, 'TargetRef:', `${targetRef.kind}/${targetRef.name}`);
    text.line(2, 'NodeName:', nodeName ?? '<unset>');
    text.line(2, 'Zone:', zone ?? '<unset>');
  }
}
