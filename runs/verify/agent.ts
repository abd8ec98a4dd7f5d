/**
 * The process that stands in one network namespace for the programs of its host: it listens and requests as told, line
 * by line on standard input, and ends when that closes.
 */
import type { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { requestTcp, requestUdp } from './agent-client.ts';
import type { AgentCommand, AgentReply, Exchange, RequestResult, ServedReport } from './agent-message.ts';
import { type OpenListener, openListener } from './agent-server.ts';

const listeners: OpenListener[] = [];
const connections = new Set<Socket>();
let expected: Exchange = {};

function say(reply: AgentReply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

async function obey(command: AgentCommand): Promise<RequestResult | null> {
  switch (command.do) {
    case 'listen':
      for (const listener of command.listeners) {
        const { host } = command;
        const report = (served: ServedReport) => say({ served });
        listeners.push(await openListener(listener, { host, report, exchange: () => expected }));
      }
      return null;
    case 'expect':
      expected = command;
      return null;
    case 'request':
      return command.protocol === 'tcp' ? requestTcp(command, connections) : requestUdp(command);
    case 'reset':
      for (const socket of connections) socket.resetAndDestroy();
      await Promise.all(listeners.map(({ reset }) => reset()));
      return null;
  }
}

try {
  // A late answer changes which acknowledgements travel alone: agents go before whatever else the machine does.
  setPriority(-15);
} catch {
  // Without the right to, the machine has to be quiet enough.
}
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, ...command } = JSON.parse(line) as AgentCommand & { id: number };
    obey(command as AgentCommand).then(
      (result) => say({ id, result }),
      (error: Error) => say({ id, error: error.message }),
    );
  })
  .on('close', () => process.exit(0));
say({ ready: true });
