/**
 * What stands at the head of a ledger file: every input of the run, so that the file alone can be read, replayed and
 * simulated again. Its digest is where the chain of batch digests starts, and what a run's id is cut from.
 */
import { createHash } from 'node:crypto';
import type { EventCodec } from '../../core/event-kind.ts';

/** Grows with every change that would make an older reader misread the file. */
export const FORMAT_VERSION = 1;

export interface InputFile {
  /** Relative to the scenario's folder, with `/` between parts, so that no digest depends on where the files lie. */
  readonly name: string;
  readonly text: string;
  /** Whether the file was named on the command line, or by another input (`apply: canary.yaml`). */
  readonly role: 'argument' | 'referenced';
}

export interface LedgerHeader {
  readonly files: readonly InputFile[];
  /** `--set path=value`, in the order given. */
  readonly sets: readonly string[];
  readonly seed: string;
  readonly profile: string;
  readonly toolVersion: string;
  /** Further settings that decide the run's course (`until`, say). Never a path or the output folder. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** The header as the file holds it. */
export function headerText(header: LedgerHeader): string {
  const { files, sets, seed, profile, toolVersion, settings } = header;
  return JSON.stringify({
    files: files.map(({ name, text, role }) => ({ name, text, role })),
    sets,
    seed,
    profile,
    toolVersion,
    settings: Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))),
  });
}

/** The declaration of columns and kinds as the file holds it: what a reader needs to know a batch by. */
export function layoutText(codec: EventCodec): string {
  return JSON.stringify({ columns: codec.columns, kinds: codec.kinds });
}

/** sha256, hex, of the inputs and of the layout that they are recorded in. */
export function headerDigest(header: LedgerHeader, codec: EventCodec): string {
  return createHash('sha256')
    .update(`kubehop ledger ${FORMAT_VERSION}\n`)
    .update(headerText(header))
    .update('\n')
    .update(layoutText(codec))
    .digest('hex');
}
