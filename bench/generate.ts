/**
 * Writes the large scenarios: `npm run generate -- NODES PODS SERVICES [CONNECTIONS]` makes
 * `runs/scenarios/large-NODES.yaml`. They are too big to be kept, and quick to make.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LargeClusterOptions, largeCluster } from './large-cluster.ts';

const [nodes = 5_000, pods = 150_000, services = 10_000, connections = 200_000] = process.argv.slice(2).map(Number);
const options: LargeClusterOptions = { nodes, pods, services, connections };
const wrong = Object.entries(options).find(([, n]) => !Number.isInteger(n) || n < 0);
if (wrong !== undefined || nodes < 1 || services < 1 || pods < services) {
  process.stderr.write(
    'npm run generate -- NODES PODS SERVICES [CONNECTIONS]: whole numbers, at least a pod a service\n',
  );
  process.exitCode = 2;
} else {
  const path = fileURLToPath(new URL(`../runs/scenarios/large-${nodes}.yaml`, import.meta.url));
  writeFileSync(path, largeCluster(options));
  process.stdout.write(`${path}\n`);
}
