/**
 * Links: the scenario's defaults, and what a node, a host or a pair has instead.
 */
import { z } from 'zod';
import { bitRate, duration, hostName, share, size } from './field.ts';

const settings = {
  delay: duration.optional(),
  rate: bitRate.optional(),
  queue: z.int().min(1).optional(),
  loss: share.optional(),
  mtu: size.optional(),
};

interface LinkInput {
  readonly delay?: number | undefined;
  readonly rate?: number | undefined;
  readonly queue?: number | undefined;
  readonly loss?: number | undefined;
  readonly mtu?: number | undefined;
}

/** What is set of a link; the rest comes from the scenario's defaults. */
export interface LinkOverride {
  /** One way. */
  readonly delayNs?: number;
  readonly rateBitsPerSecond?: number;
  /** Packets that wait at most; those beyond are dropped at the tail. */
  readonly queuePackets?: number;
  /** Share of packets lost, 0 to 1. */
  readonly loss?: number;
  readonly mtuBytes?: number;
}

function named(link: LinkInput): LinkOverride {
  return {
    ...(link.delay === undefined ? {} : { delayNs: link.delay }),
    ...(link.rate === undefined ? {} : { rateBitsPerSecond: link.rate }),
    ...(link.queue === undefined ? {} : { queuePackets: link.queue }),
    ...(link.loss === undefined ? {} : { loss: link.loss }),
    ...(link.mtu === undefined ? {} : { mtuBytes: link.mtu }),
  };
}

/** Of one node or host. */
export const link = z.strictObject(settings).transform(named);

const pair = z
  .strictObject({ between: z.tuple([hostName, hostName]), ...settings })
  .transform(({ between, ...rest }) => ({ between, ...named(rest) }));

export const links = z
  .strictObject({ ...settings, pairs: z.array(pair).default([]) })
  .transform(({ pairs, ...rest }) => ({
    delayNs: 250_000,
    rateBitsPerSecond: 10e9,
    queuePackets: 1000,
    loss: 0,
    mtuBytes: 1500,
    ...named(rest),
    pairs,
  }));

export type Links = z.output<typeof links>;
