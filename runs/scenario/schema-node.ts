/**
 * What a JSON Schema says of one place in a document.
 */
import type { Path } from '../manifest/locator.ts';

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
}

/** The keys that a map at `path` may have. */
export function knownKeys(schema: Record<string, unknown>, path: Path): string[] {
  return nodesAt(schema, path).flatMap((node) => Object.keys(node.properties ?? {}));
}

/** Whether only text may stand at `path`. */
export function isText(schema: Record<string, unknown>, path: Path): boolean {
  const nodes = nodesAt(schema, path);
  return nodes.length > 0 && nodes.every(({ type }) => type === 'string');
}

/** Every alternative at `path`. */
function nodesAt(schema: Record<string, unknown>, path: Path): SchemaNode[] {
  let nodes: SchemaNode[] = [schema as SchemaNode];
  for (const step of path) {
    nodes = open(nodes).flatMap((node) => {
      const next =
        typeof step === 'number'
          ? (node.items ?? node.prefixItems?.[step])
          : (node.properties?.[step] ?? node.additionalProperties);
      return typeof next === 'object' ? [next] : [];
    });
  }
  return open(nodes);
}

function open(nodes: readonly SchemaNode[]): SchemaNode[] {
  return nodes.flatMap((node) => (node.anyOf === undefined ? [node] : open(node.anyOf)));
}
