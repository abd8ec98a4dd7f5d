/**
 * `run --requests FILE.jsonl`: one line of JSON for each request, in the order in which they end. The file takes its
 * place when it is whole.
 */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { SECOND } from '../../core/time.ts';
import { OUTCOME_NAMES } from '../../net/request.ts';
import { InputError } from '../input-error.ts';
import type { RequestStory } from '../report/request-story.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** Characters that are gathered for one write. */
const BUFFER_CHARACTERS = 1 << 16;

export class RequestLines {
  readonly #path: string;
  readonly #aside: string;
  readonly #descriptor: number;
  readonly #names: readonly string[];
  #text = '';

  /** @throws {InputError} when the file can't be written */
  constructor(path: string, { traffic }: Scenario) {
    this.#path = path;
    this.#aside = `${path}.${process.pid}.part`;
    this.#names = traffic.map(({ name }) => name);
    try {
      this.#descriptor = openSync(this.#aside, 'w');
    } catch (error) {
      throw new InputError({ file: path }, `The file cannot be written: ${(error as NodeJS.ErrnoException).code}`);
    }
  }

  write(story: RequestStory): void {
    this.#text += `${JSON.stringify(requestLine(story, this.#names))}\n`;
    if (this.#text.length >= BUFFER_CHARACTERS) this.#flush();
  }

  finish(): void {
    this.#flush();
    closeSync(this.#descriptor);
    renameSync(this.#aside, this.#path);
  }

  discard(): void {
    closeSync(this.#descriptor);
    rmSync(this.#aside, { force: true });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
    this.#text = '';
  }
}

function requestLine(story: RequestStory, names: readonly string[]) {
  const { traffic, number, startedAtNs, endedAtNs, outcome, status, backend, seen, hops, flow } = story;
  const answered = OUTCOME_NAMES[outcome] === 'answered';
  return {
    traffic: names[traffic]!,
    n: number,
    at: startedAtNs,
    outcome: OUTCOME_NAMES[outcome]!,
    status: status === 0 ? null : status,
    backend: backend === '' ? null : backend,
    seen: seen === '' ? null : seen,
    hops: backend === '' ? null : hops,
    latencySeconds: answered ? (endedAtNs - startedAtNs) / SECOND : null,
    flow: flow === 0 ? null : flow,
  };
}
