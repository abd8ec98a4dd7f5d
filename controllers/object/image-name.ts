/**
 * What an image is called, whatever registry it comes from.
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */

export interface ImageName {
  /** Name and tag: `nginx:1.25`. */
  readonly base: string;
  /** `nginx` */
  readonly name: string;
  /** `1.25`; '' where there is none. */
  readonly tag: string;
}

/** @param image `docker.io/library/nginx:1.25@sha256:…` */
export function imageNameOf(image: string): ImageName {
  const base = image.replace(/@.*$/, '').split('/').at(-1)!;
  const [name = '', tag = ''] = base.split(':');
  return { base, name, tag };
}
