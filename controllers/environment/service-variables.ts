/**
 * The variables by which containers learn of Services, in the way of Docker's links: fixed when a container starts,
 * whatever becomes of the Service.
 * @see kubernetes pkg/kubelet/envvars/envvars.go
 */
import type { Service } from '../object/service.ts';

export type Variable = readonly [name: string, value: string];

/** @param services with a cluster IP; those without have no variables */
export function serviceVariables(services: readonly Service[]): readonly Variable[] {
  return services.filter(hasAddress).flatMap(variablesOf);
}

export function hasAddress({ spec: { clusterIP = '', type } }: Service): boolean {
  return clusterIP !== '' && clusterIP !== 'None' && type !== 'ExternalName';
}

function variablesOf({ metadata, spec }: Service): readonly Variable[] {
  const prefix = variableName(metadata.name);
  const { clusterIP: ip = '', ports = [] } = spec;
  const [first] = ports;
  if (first === undefined) return [];
  const named = ports.flatMap(({ name = '', port }): Variable[] =>
    name === '' ? [] : [[`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port)]],
  );
  const links = ports.flatMap(({ port, protocol }): Variable[] => {
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    return [
      [link, urlOf(protocol, ip, port)],
      [`${link}_PROTO`, protocol.toLowerCase()],
      [`${link}_PORT`, String(port)],
      [`${link}_ADDR`, ip],
    ];
  });
  return [
    [`${prefix}_SERVICE_HOST`, ip],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
    ...named,
    [`${prefix}_PORT`, urlOf(first.protocol, ip, first.port)],
    ...links,
  ];
}

/** Brackets around an IPv6 address, as in any URL. */
function urlOf(protocol: string, ip: string, port: number): string {
  return `${protocol.toLowerCase()}://${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}

/** `my-svc.v2` gives `MY_SVC_V2`; a name that starts with a digit gets an underscore in front. */
function variableName(name: string): string {
  const upper = name.replaceAll(/[.-]/g, '_').toUpperCase();
  return /^[0-9]/.test(upper) ? `_${upper}` : upper;
}
