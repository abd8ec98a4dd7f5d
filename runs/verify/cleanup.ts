/**
 * Sees to it that no lab outlives its process: each open lab is registered here, and is closed when the process exits,
 * fails or is told to end. `kill -9` alone escapes; leftovers.ts is for that.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const open = new Set<() => void>();

function closeAll(): void {
  for (const close of open) close();
  open.clear();
}

function endBySignal(signal: NodeJS.Signals): void {
  closeAll();
  unwatch();
  // Once nobody else handles it, the signal does what it would have done without us.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function unwatch(): void {
  process.off('exit', closeAll);
  for (const signal of SIGNALS) process.off(signal, endBySignal);
}

/** Registers how to close a lab, synchronously. @returns how to forget it again, once it is closed */
export function closeAtEnd(close: () => void): () => void {
  if (open.size === 0) {
    process.on('exit', closeAll);
    for (const signal of SIGNALS) process.on(signal, endBySignal);
  }
  open.add(close);
  return () => {
    open.delete(close);
    if (open.size === 0) unwatch();
  };
}
