/**
 * `kubectl describe namespace`.
 */
import type { Namespace } from '../../../controllers/object/namespace.ts';
import type { Description } from './description.ts';

export function describeNamespace(text: Description, { metadata, status }: Namespace): void {
  text.line(0, 'Name:', metadata.name);
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, 'Status:', status.phase);
  for (const line of ['', 'No resource quota.', '', 'No LimitRange resource.']) text.line(0, line);
}
