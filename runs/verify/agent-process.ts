/**
 * One agent as the lab sees it: a process in a host's namespace that takes commands and reports whom it served.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AgentCommand, AgentReply, RequestResult, ServedReport } from './agent-message.ts';

interface Waiting {
  readonly resolve: (result: RequestResult | null) => void;
  readonly reject: (error: Error) => void;
}

/** Where the agent's own sources stand, from here. */
const SOURCES = [
  { folder: './', names: /^(agent|answer).*\.ts$/ },
  { folder: '../../net/', names: /^(http.*|socket)\.ts$/ },
];

/** Whether a built file is not older than any of the agent's sources. */
function isFresh(built: URL, here: URL): boolean {
  if (!existsSync(built)) return false;
  const builtAtMs = statSync(built).mtimeMs;
  return SOURCES.every(({ folder, names }) => {
    const sources = readdirSync(new URL(folder, here)).filter((name) => names.test(name));
    return sources.every((name) => statSync(new URL(`${folder}${name}`, here)).mtimeMs <= builtAtMs);
  });
}

/**
 * How to start the agent from here. From source it needs the loader of development, which takes four times as long as
 * the agent itself; a build that is not older than its sources is taken instead.
 */
function agentArguments(): string[] {
  const here = new URL('.', import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return [fileURLToPath(new URL('agent.js', here))];
  const built = new URL('../../dist/runs/verify/agent.js', here);
  if (isFresh(built, here)) return [fileURLToPath(built)];
  return ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('agent.ts', here))];
}

export class AgentProcess {
  readonly host: string;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly onServed: (host: string, served: ServedReport) => void;
  private nextId = 0;
  private text = '';
  private complaint = '';
  private failure: Error | undefined;

  constructor(host: string, namespace: string, onServed: (host: string, served: ServedReport) => void) {
    this.host = host;
    this.onServed = onServed;
    const { NODE_OPTIONS: _, ...env } = process.env;
    const words = ['netns', 'exec', namespace, process.execPath, ...agentArguments()];
    this.child = spawn('ip', words, { stdio: 'pipe', detached: true, env });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.take(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaint += text;
    });
    this.child.stdin?.on('error', () => {});
    this.child.on('error', (error) => this.fail(error));
    this.child.on('close', () => this.fail(new Error(`The agent of ${host} ended: ${this.complaint.trim()}`)));
  }

  /** @throws {Error} what went wrong in the agent, or that it has ended */
  tell(command: AgentCommand): Promise<RequestResult | null> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.stdin?.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  close(): void {
    this.child.kill('SIGKILL');
  }

  private take(text: string): void {
    this.text += text;
    const lines = this.text.split('\n');
    this.text = lines.pop() ?? '';
    for (const line of lines) {
      const reply = JSON.parse(line) as AgentReply;
      if ('served' in reply) this.onServed(this.host, reply.served);
      else if ('id' in reply) {
        const waiting = this.waiting.get(reply.id);
        this.waiting.delete(reply.id);
        if ('error' in reply) waiting?.reject(new Error(`${this.host}: ${reply.error}`));
        else waiting?.resolve(reply.result);
      }
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
