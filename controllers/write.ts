/**
 * What a controller, or somebody from outside, asks the API server to change, and how that ends.
 */
import type { EventNote } from './note.ts';
import type { Kind, KubeObject } from './object/kind.ts';
import type { Manifest } from './object/manifest.ts';

export type Write =
  /** `metadata` has a name or a generateName. */
  | {
      readonly verb: 'create';
      readonly object: Manifest;
      /** What the controller notes once the object has its name. */
      readonly note?: (name: string) => EventNote;
    }
  /** Replaces `from`; a conflict when the store holds another version by now. */
  | { readonly verb: 'update'; readonly object: KubeObject; readonly from: KubeObject }
  /** Replaces parts of the newest version, whatever it is, as long as it has this uid. */
  | {
      readonly verb: 'patch';
      readonly kind: Kind;
      readonly namespace: string | undefined;
      readonly name: string;
      readonly uid?: string;
      /** JSON merge patch. @see RFC 7386 */
      readonly patch: Manifest;
      /** Its own door, which the checks of the whole object don't guard. */
      readonly subresource?: 'status' | 'binding';
    }
  | {
      readonly verb: 'delete';
      readonly kind: Kind;
      readonly namespace: string | undefined;
      readonly name: string;
      readonly uid?: string;
      /** Of a pod; absent: its own. */
      readonly gracePeriodSeconds?: number;
    };

export type WriteOutcome =
  | { readonly result: 'created' | 'changed' | 'unchanged' | 'deleted'; readonly object: KubeObject }
  | Refusal;

/** A Status of the API server. */
export interface Refusal {
  readonly result: 'refused';
  /** HTTP status. */
  readonly code: number;
  readonly reason:
    | 'BadRequest'
    | 'NotFound'
    | 'AlreadyExists'
    | 'Conflict'
    | 'Invalid'
    | 'TooManyRequests'
    | 'InternalError'
    | 'ServiceUnavailable';
  readonly message: string;
}
