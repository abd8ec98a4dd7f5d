/**
 * What kubectl says before it gives up: its text on standard error and its exit code.
 */
import { isUnmodelledResource } from './not-modelled.ts';

export class KubectlError extends Error {
  override readonly name = 'KubectlError';
  /** Standard error, without the last line end. */
  readonly text: string;
  readonly exitCode: number;

  constructor(text: string, exitCode = 1) {
    super(text);
    this.text = text;
    this.exitCode = exitCode;
  }
}

/** `error: must …` */
export function misuse(reason: string): KubectlError {
  return new KubectlError(`error: ${reason}`);
}

/** @param resource `services "web"` */
export function notFound(resource: string): KubectlError {
  return new KubectlError(`Error from server (NotFound): ${resource} not found`);
}

export function unknownType(name: string): KubectlError {
  if (isUnmodelledResource(name)) return new KubectlError(`error: the resource type "${name}" is not modelled yet`);
  return new KubectlError(`error: the server doesn't have a resource type "${name}"`);
}
