/**
 * What a pod's machine is called: the kernel's host name, its full name, and the line of `/etc/hosts` that says both.
 * @see kubernetes pkg/kubelet/kubelet_pods.go GeneratePodHostNameAndDomain, nodeHostsFileContent
 */

export interface NamedPod {
  readonly metadata: { readonly namespace?: string; readonly name: string };
  readonly spec: { readonly hostname?: string; readonly subdomain?: string; readonly setHostnameAsFQDN?: boolean };
  readonly status?: { readonly podIP?: string };
}

export interface PodHostname {
  /** What `hostname` prints. */
  readonly hostname: string;
  /** What `hostname -f` prints. */
  readonly fqdn: string;
  /** Fields of the pod's own line of `/etc/hosts`; empty as long as it has no address. */
  readonly hostsLine: readonly string[];
}

const MAX_HOSTNAME = 63;

export function podHostname({ metadata, spec, status }: NamedPod, clusterDomain: string): PodHostname {
  const short = truncated(spec.hostname || metadata.name);
  const namespace = metadata.namespace ?? 'default';
  const domain = spec.subdomain ? `${spec.subdomain}.${namespace}.svc.${clusterDomain}` : '';
  const fqdn = domain === '' ? short : `${short}.${domain}`;
  const ip = status?.podIP ?? '';
  const hostsLine = ip === '' ? [] : domain === '' ? [ip, short] : [ip, fqdn, short];
  return { hostname: spec.setHostnameAsFQDN === true ? fqdn : short, fqdn, hostsLine };
}

/** The kernel has room for 63 characters; a name doesn't end with a dash or a dot. */
function truncated(name: string): string {
  return name.length <= MAX_HOSTNAME ? name : name.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
}
