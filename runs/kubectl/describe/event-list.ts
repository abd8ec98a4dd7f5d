/**
 * The Events at the end of a description: what components noted about the object, the oldest first.
 */
import type { KubeObject } from '../../../controllers/object/kind.ts';
import type { ClusterView } from '../cluster-view.ts';
import { humanDuration } from '../duration.ts';
import { reporterOf } from '../reporter.ts';
import type { Description } from './description.ts';

export function describeEvents(text: Description, object: KubeObject, cluster: ClusterView): void {
  const { kind, metadata } = object;
  const { config, nowSeconds } = cluster;
  const notes = cluster.notes
    .about(kind, metadata.namespace ?? '', metadata.name)
    .filter(({ uid }) => uid === undefined || uid === metadata.uid);
  if (notes.length === 0) {
    text.line(0, 'Events:', '<none>');
    return;
  }
  const ago = (atNs: number): string => humanDuration(nowSeconds - Math.floor(config.startSeconds + atNs / 1e9));
  text.line(0, 'Events:');
  text.line(1, 'Type', 'Reason', 'Age', 'From', 'Message');
  text.line(1, '----', '------', '----', '----', '-------');
  for (const note of notes) {
    const { type, reason, firstAt, lastAt, count, message } = note;
    const age = count > 1 ? `${ago(lastAt)} (x${count} over ${ago(firstAt)})` : ago(firstAt);
    text.line(1, type, reason, age, reporterOf(note), message.trim());
  }
}
