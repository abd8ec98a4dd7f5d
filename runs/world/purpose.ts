/**
 * What a run draws for: the first word of the draw's key. Below 64 the network's, from 64 the control plane's.
 */
export const RunPurpose = {
  /** Time between two requests; subject: traffic row, index: request. */
  Arrival: 128,
} as const;
