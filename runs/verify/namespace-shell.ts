/**
 * One shell that lives in one network namespace and runs commands there, one after the other. A command costs a fork
 * instead of an `ip netns exec`, and the tools are still found through PATH. The shell ends when this process does:
 * its standard input closes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Waiting {
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (error: Error) => void;
}

/** A text as one word of a shell command. */
export function shellWord(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export class NamespaceShell {
  readonly namespace: string;
  private readonly child: ChildProcess;
  private readonly waiting: Waiting[] = [];
  private readonly mark = `end-${randomBytes(8).toString('hex')}`;
  private stdout = '';
  private stderr = '';
  private ended = false;

  constructor(namespace: string) {
    this.namespace = namespace;
    // A process group of its own: Ctrl-C reaches this process alone, which then cleans up in order.
    this.child = spawn('ip', ['netns', 'exec', namespace, 'sh'], { stdio: 'pipe', detached: true });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.take();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.take();
    });
    this.child.on('error', (error) => this.fail(error));
    this.child.on('close', () => this.fail(new Error(`The shell in ${namespace} ended: ${this.stderr.trim()}`)));
    this.child.stdin?.on('error', () => {});
  }

  /**
   * Runs a command line of `sh`, after those before it.
   * @param input what the command reads; absent: nothing
   */
  run(command: string, input = ''): Promise<CommandResult> {
    if (this.ended) return Promise.reject(new Error(`The shell in ${this.namespace} has ended`));
    const body = input === '' || input.endsWith('\n') ? input : `${input}\n`;
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      // The group's own line end precedes the here-document, so `command` may be any list of commands.
      this.child.stdin?.write(
        `{ ${command}\n} <<'${this.mark}'\n${body}${this.mark}\n` +
          `status=$?; echo "${this.mark} $status"; echo "${this.mark} $status" >&2\n`,
      );
    });
  }

  /** Ends the shell; commands that still wait are rejected. */
  close(): void {
    this.ended = true;
    this.child.kill('SIGKILL');
  }

  private take(): void {
    for (;;) {
      const out = new RegExp(`${this.mark} (\\d+)\\n`).exec(this.stdout);
      const err = new RegExp(`${this.mark} \\d+\\n`).exec(this.stderr);
      if (out === null || err === null) return;
      const result = {
        status: Number(out[1]),
        stdout: this.stdout.slice(0, out.index),
        stderr: this.stderr.slice(0, err.index),
      };
      this.stdout = this.stdout.slice(out.index + out[0].length);
      this.stderr = this.stderr.slice(err.index + err[0].length);
      this.waiting.shift()?.resolve(result);
    }
  }

  private fail(error: Error): void {
    this.ended = true;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}
