/**
 * The kernel refused a network that it was told to build.
 */
export class LabError extends Error {}
