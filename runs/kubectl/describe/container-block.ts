/**
 * Containers in a description, of a pod or of a template.
 */
import type {
  Container,
  ContainerPort,
  ContainerStatus,
  EnvironmentVariable,
  Probe,
  ResourceList,
} from '../../../controllers/object/pod.ts';
import { type Description, longTime } from './description.ts';

/** @param statuses absent for a template, whose container names stand one blank deeper */
export function describeContainers(
  text: Description,
  containers: readonly Container[],
  statuses: readonly ContainerStatus[] | undefined,
  title = 'Containers:',
): void {
  text.line(statuses === undefined ? 1 : 0, title);
  for (const container of containers) {
    const status = statuses?.find(({ name }) => name === container.name);
    text.line(1, `${statuses === undefined ? ' ' : ''}${container.name}:`);
    describeContainer(text, container, status);
  }
}

function describeContainer(text: Description, container: Container, status: ContainerStatus | undefined): void {
  if (status !== undefined) text.line(2, 'Container ID:', '');
  text.line(2, 'Image:', container.image ?? '');
  if (status !== undefined) text.line(2, 'Image ID:', '');
  describePorts(text, container.ports ?? []);
  describeWords(text, 'Command:', container.command ?? []);
  describeWords(text, 'Args:', container.args ?? []);
  if (status !== undefined) {
    describeState(text, 'State:', status.state);
    if (status.lastState?.terminated !== undefined) describeState(text, 'Last State:', status.lastState);
    text.line(2, 'Ready:', goBool(status.ready));
    text.line(2, 'Restart Count:', status.restartCount);
  }
  describeResources(text, 'Limits:', container.resources?.limits);
  describeResources(text, 'Requests:', container.resources?.requests);
  if (container.livenessProbe !== undefined) text.line(2, 'Liveness:', probeText(container.livenessProbe));
  if (container.readinessProbe !== undefined) text.line(2, 'Readiness:', probeText(container.readinessProbe));
  if (container.startupProbe !== undefined) text.line(2, 'Startup:', probeText(container.startupProbe));
  describeEnvironment(text, container.env ?? []);
  describeMounts(text, (container.volumeMounts ?? []) as readonly VolumeMount[]);
}

function goBool(value: boolean): string {
  return value ? 'True' : 'False';
}

function describePorts(text: Description, ports: readonly ContainerPort[]): void {
  const own = ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`).join(', ');
  const host = ports.map(({ hostPort = 0, protocol }) => `${hostPort}/${protocol}`).join(', ');
  text.line(2, own.includes(',') ? 'Ports:' : 'Port:', own || '<none>');
  text.line(2, host.includes(',') ? 'Host Ports:' : 'Host Port:', host || '<none>');
}

function describeWords(text: Description, title: string, words: readonly string[]): void {
  if (words.length === 0) return;
  text.line(2, title);
  for (const word of words) for (const line of word.split('\n')) text.line(3, line);
}

function describeState(text: Description, title: string, state: ContainerStatus['state']): void {
  const { running, waiting, terminated } = state ?? {};
  if (running !== undefined) {
    text.line(2, title, 'Running');
    text.line(3, 'Started:', longTime(running.startedAt));
  } else if (terminated !== undefined) {
    text.line(2, title, 'Terminated');
    if (terminated.reason !== undefined) text.line(3, 'Reason:', terminated.reason);
    text.line(3, 'Exit Code:', terminated.exitCode);
    text.line(3, 'Started:', longTime((terminated as { startedAt?: string }).startedAt));
    text.line(3, 'Finished:', longTime(terminated.finishedAt));
  } else {
    text.line(2, title, 'Waiting');
    if (waiting?.reason !== undefined) text.line(3, 'Reason:', waiting.reason);
  }
}

function describeResources(text: Description, title: string, list: ResourceList | undefined): void {
  const names = Object.keys(list ?? {}).sort();
  if (names.length === 0) return;
  text.line(2, title);
  for (const name of names) text.line(3, `${name}:`, String(list![name]));
}

function probeText(probe: Probe): string {
  const { initialDelaySeconds = 0, timeoutSeconds, periodSeconds, successThreshold, failureThreshold } = probe;
  const timing = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec !== undefined) return `exec [${(exec.command ?? []).join(' ')}] ${timing}`;
  if (httpGet !== undefined) {
    const { scheme = 'HTTP', host = '', port, path = '' } = httpGet;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${path} ${timing}`;
  }
  if (tcpSocket !== undefined) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port} ${timing}`;
  if (grpc !== undefined) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${timing}`;
  return `unknown ${timing}`;
}

interface KeyReference {
  readonly name?: string;
  readonly key?: string;
  readonly optional?: boolean;
  readonly apiVersion?: string;
  readonly fieldPath?: string;
}

function describeEnvironment(text: Description, env: readonly EnvironmentVariable[]): void {
  if (env.length === 0) {
    text.line(2, 'Environment:', '<none>');
    return;
  }
  text.line(2, 'Environment:');
  for (const { name, value = '', valueFrom } of env) {
    const from = (valueFrom ?? {}) as Readonly<Record<string, KeyReference>>;
    text.line(3, `${name}:`, referenceText(from) ?? value);
  }
}

function referenceText(from: Readonly<Record<string, KeyReference>>): string | undefined {
  const { fieldRef, secretKeyRef, configMapKeyRef } = from;
  if (fieldRef !== undefined) return ` (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath ?? ''})`;
  if (secretKeyRef !== undefined) {
    const { key, name, optional = false } = secretKeyRef;
    return `<set to the key '${key}' in secret '${name}'>\tOptional: ${optional}`;
  }
  if (configMapKeyRef === undefined) return undefined;
  const { key, name, optional = false } = configMapKeyRef;
  return `<set to the key '${key}' of config map '${name}'>\tOptional: ${optional}`;
}

interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

function describeMounts(text: Description, mounts: readonly VolumeMount[]): void {
  if (mounts.length === 0) {
    text.line(2, 'Mounts:', '<none>');
    return;
  }
  text.line(2, 'Mounts:');
  for (const mount of [...mounts].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1))) {
    const flags = [mount.readOnly === true ? 'ro' : 'rw', ...(mount.subPath ? [`path="${mount.subPath}"`] : [])];
    text.line(3, `${mount.mountPath} from ${mount.name} (${flags.join(',')})`);
  }
}
