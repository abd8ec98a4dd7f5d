/**
 * Go's records for a pod template, field by field in their order, release by release: what a dump of one looks like
 * depends on all of them. A line is `GoName jsonName type [from-to]`, with minor releases; an empty jsonName `-` stands
 * for an embedded record.
 * @see kubernetes staging/src/k8s.io/api/core/v1/types.go
 */

export interface GoField {
  readonly name: string;
  readonly json: string;
  readonly type: string;
  /** First and last minor release that has the field. */
  readonly from: number;
  readonly to: number;
}

const OBJECT_META = `
Name name string
GenerateName generateName string
Namespace namespace string
SelfLink selfLink string
UID uid types.UID
ResourceVersion resourceVersion string
Generation generation int64
CreationTimestamp creationTimestamp v1.Time
DeletionTimestamp deletionTimestamp *v1.Time
DeletionGracePeriodSeconds deletionGracePeriodSeconds *int64
Labels labels map[string]string
Annotations annotations map[string]string
OwnerReferences ownerReferences []v1.OwnerReference
Finalizers finalizers []string
ClusterName clusterName string 0-23
ZZZ_DeprecatedClusterName clusterName string 24-24
ManagedFields managedFields []v1.ManagedFieldsEntry`;

const POD_SPEC = `
Volumes volumes []v1.Volume
InitContainers initContainers []v1.Container
Containers containers []v1.Container
EphemeralContainers ephemeralContainers []v1.EphemeralContainer 16-
RestartPolicy restartPolicy v1.RestartPolicy
TerminationGracePeriodSeconds terminationGracePeriodSeconds *int64
ActiveDeadlineSeconds activeDeadlineSeconds *int64
DNSPolicy dnsPolicy v1.DNSPolicy
NodeSelector nodeSelector map[string]string
ServiceAccountName serviceAccountName string
DeprecatedServiceAccount serviceAccount string
AutomountServiceAccountToken automountServiceAccountToken *bool
NodeName nodeName string
HostNetwork hostNetwork bool
HostPID hostPID bool
HostIPC hostIPC bool
ShareProcessNamespace shareProcessNamespace *bool
SecurityContext securityContext *v1.PodSecurityContext
ImagePullSecrets imagePullSecrets []v1.LocalObjectReference
Hostname hostname string
Subdomain subdomain string
Affinity affinity *v1.Affinity
SchedulerName schedulerName string
Tolerations tolerations []v1.Toleration
HostAliases hostAliases []v1.HostAlias
PriorityClassName priorityClassName string
Priority priority *int32
DNSConfig dnsConfig *v1.PodDNSConfig
ReadinessGates readinessGates []v1.PodReadinessGate
RuntimeClassName runtimeClassName *string
EnableServiceLinks enableServiceLinks *bool
PreemptionPolicy preemptionPolicy *v1.PreemptionPolicy
Overhead overhead v1.ResourceList 16-
TopologySpreadConstraints topologySpreadConstraints []v1.TopologySpreadConstraint 16-
SetHostnameAsFQDN setHostnameAsFQDN *bool 19-
OS os *v1.PodOS 23-
HostUsers hostUsers *bool 25-
SchedulingGates schedulingGates []v1.PodSchedulingGate 26-
ResourceClaims resourceClaims []v1.PodResourceClaim 26-
Resources resources *v1.ResourceRequirements 32-
HostnameOverride hostnameOverride *string 34-`;

const CONTAINER = `
Name name string
Image image string
Command command []string
Args args []string
WorkingDir workingDir string
Ports ports []v1.ContainerPort
EnvFrom envFrom []v1.EnvFromSource
Env env []v1.EnvVar
Resources resources v1.ResourceRequirements
ResizePolicy resizePolicy []v1.ContainerResizePolicy 27-
RestartPolicy restartPolicy *v1.ContainerRestartPolicy 28-
RestartPolicyRules restartPolicyRules []v1.ContainerRestartRule 34-
VolumeMounts volumeMounts []v1.VolumeMount
VolumeDevices volumeDevices []v1.VolumeDevice
LivenessProbe livenessProbe *v1.Probe
ReadinessProbe readinessProbe *v1.Probe
StartupProbe startupProbe *v1.Probe 16-
Lifecycle lifecycle *v1.Lifecycle
TerminationMessagePath terminationMessagePath string
TerminationMessagePolicy terminationMessagePolicy v1.TerminationMessagePolicy
ImagePullPolicy imagePullPolicy v1.PullPolicy
SecurityContext securityContext *v1.SecurityContext
Stdin stdin bool
StdinOnce stdinOnce bool
TTY tty bool`;

const POD_SECURITY_CONTEXT = `
SELinuxOptions seLinuxOptions *v1.SELinuxOptions
WindowsOptions windowsOptions *v1.WindowsSecurityContextOptions
RunAsUser runAsUser *int64
RunAsGroup runAsGroup *int64
RunAsNonRoot runAsNonRoot *bool
SupplementalGroups supplementalGroups []int64
SupplementalGroupsPolicy supplementalGroupsPolicy *v1.SupplementalGroupsPolicy 31-
FSGroup fsGroup *int64
Sysctls sysctls []v1.Sysctl
FSGroupChangePolicy fsGroupChangePolicy *v1.PodFSGroupChangePolicy 18-
SeccompProfile seccompProfile *v1.SeccompProfile 19-
AppArmorProfile appArmorProfile *v1.AppArmorProfile 30-
SELinuxChangePolicy seLinuxChangePolicy *v1.PodSELinuxChangePolicy 32-`;

const PROBE = `
Handler - v1.Handler 0-22
ProbeHandler - v1.ProbeHandler 23-
InitialDelaySeconds initialDelaySeconds int32
TimeoutSeconds timeoutSeconds int32
PeriodSeconds periodSeconds int32
SuccessThreshold successThreshold int32
FailureThreshold failureThreshold int32
TerminationGracePeriodSeconds terminationGracePeriodSeconds *int64 21-`;

const PROBE_HANDLER = `
Exec exec *v1.ExecAction
HTTPGet httpGet *v1.HTTPGetAction
TCPSocket tcpSocket *v1.TCPSocketAction
GRPC grpc *v1.GRPCAction 23-`;

const TEXTS: Readonly<Record<string, string>> = {
  'v1.PodTemplateSpec': 'ObjectMeta metadata v1.ObjectMeta\nSpec spec v1.PodSpec',
  'v1.ObjectMeta': OBJECT_META,
  'v1.PodSpec': POD_SPEC,
  'v1.Container': CONTAINER,
  'v1.PodSecurityContext': POD_SECURITY_CONTEXT,
  'v1.Probe': PROBE,
  'v1.Handler': PROBE_HANDLER,
  'v1.ProbeHandler': PROBE_HANDLER,
  'v1.ExecAction': 'Command command []string',
  'v1.HTTPGetAction':
    'Path path string\nPort port intstr.IntOrString\nHost host string\nScheme scheme v1.URIScheme\nHTTPHeaders httpHeaders []v1.HTTPHeader',
  'v1.HTTPHeader': 'Name name string\nValue value string',
  'v1.TCPSocketAction': 'Port port intstr.IntOrString\nHost host string',
  'v1.GRPCAction': 'Port port int32\nService service *string',
  'v1.ContainerPort':
    'Name name string\nHostPort hostPort int32\nContainerPort containerPort int32\nProtocol protocol v1.Protocol\nHostIP hostIP string',
  'v1.EnvVar': 'Name name string\nValue value string\nValueFrom valueFrom *v1.EnvVarSource',
  'v1.ResourceRequirements':
    'Limits limits v1.ResourceList\nRequests requests v1.ResourceList\nClaims claims []v1.ResourceClaim 26-',
  'v1.Toleration':
    'Key key string\nOperator operator v1.TolerationOperator\nValue value string\nEffect effect v1.TaintEffect\nTolerationSeconds tolerationSeconds *int64',
  'v1.PodDNSConfig':
    'Nameservers nameservers []string\nSearches searches []string\nOptions options []v1.PodDNSConfigOption',
  'v1.PodDNSConfigOption': 'Name name string\nValue value *string',
  'v1.LocalObjectReference': 'Name name string',
};

/** Go's named texts. */
export const TEXT_TYPES: ReadonlySet<string> = new Set([
  'string',
  'types.UID',
  'v1.RestartPolicy',
  'v1.DNSPolicy',
  'v1.PreemptionPolicy',
  'v1.TerminationMessagePolicy',
  'v1.PullPolicy',
  'v1.ContainerRestartPolicy',
  'v1.SupplementalGroupsPolicy',
  'v1.PodFSGroupChangePolicy',
  'v1.PodSELinuxChangePolicy',
  'v1.URIScheme',
  'v1.Protocol',
  'v1.TolerationOperator',
  'v1.TaintEffect',
]);

const structs = new Map<string, readonly GoField[]>();

/** The fields of a record over all releases; `undefined` for one that isn't known here. */
export function goFields(type: string): readonly GoField[] | undefined {
  const known = structs.get(type);
  if (known !== undefined) return known;
  const text = TEXTS[type];
  if (text === undefined) return undefined;
  const fields = text.trim().split('\n').map(readField);
  structs.set(type, fields);
  return fields;
}

function readField(line: string): GoField {
  const [name, json, type, range] = line.split(' ') as [string, string, string, string?];
  const [from, to] = (range ?? '0-').split('-') as [string, string];
  return { name, json: json === '-' ? '' : json, type, from: Number(from), to: to === '' ? 99 : Number(to) };
}
