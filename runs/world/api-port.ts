/**
 * Where the API server is reached: a port of the first node, open as long as it runs. It speaks TLS, which is not
 * modelled: what it says to those who don't is.
 */
import { API_SERVER_PORT } from '../../controllers/kubernetes-service/kubernetes-service-controller.ts';
import type { Host } from '../../net/host.ts';
import { Answer } from '../../net/socket.ts';
import { listen } from '../../net/wiring.ts';

const NAME = 'kube-apiserver';

export function openApiPort(machine: Host): void {
  if (machine.listeners.some(({ name }) => name === NAME)) return;
  listen(machine, {
    protocol: 6,
    port: API_SERVER_PORT,
    address: 0,
    answers: Answer.Status,
    status: 400,
    delayNs: 0,
    name: NAME,
    body: 'Client sent an HTTP request to an HTTPS server.\n',
  });
}

/** Connections that stand stay as they are. */
export function closeApiPort(machine: Host): void {
  const at = machine.listeners.findIndex(({ name }) => name === NAME);
  if (at >= 0) machine.listeners.splice(at, 1);
}
