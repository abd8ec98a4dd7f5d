/**
 * What stands around a rule line and decides how it is read.
 */
import type { Family } from '../address.ts';
import type { TableId } from './hook.ts';

export interface LineContext {
  /** Name of the text in errors. */
  readonly file: string;
  /** 1 and up */
  readonly line: number;
  readonly family: Family;
  readonly table: TableId;
  /** A line of a saved text: extensions that are not known are kept; no `-t` and no switches of a listing. */
  readonly restoring: boolean;
}
