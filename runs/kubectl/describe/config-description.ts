/**
 * `kubectl describe configmap` and `describe secret`: a Secret's values are but counted.
 */
import { type ConfigMap, decodedBytes, type Secret } from '../../../controllers/object/config-map.ts';
import type { ObjectMeta } from '../../../controllers/object/metadata.ts';
import type { Description } from './description.ts';

export function describeConfigMap(text: Description, { metadata, data = {}, binaryData = {} }: ConfigMap): void {
  describeHead(text, metadata);
  text.line(0, '\nData\n====');
  for (const key of Object.keys(data).sort()) {
    text.line(0, `${key}:\n----`);
    text.line(0, `${data[key]}\n`);
  }
  text.line(0, '\nBinaryData\n====');
  for (const key of Object.keys(binaryData).sort()) text.line(0, `${key}: ${decodedBytes(binaryData[key]!)} bytes`);
  text.line(0, '');
}

export function describeSecret(text: Description, { metadata, type, data = {} }: Secret): void {
  describeHead(text, metadata);
  text.line(0, `\nType:\t${type}`);
  text.line(0, '\nData\n====');
  for (const key of Object.keys(data).sort()) text.line(0, `${key}:`, `${decodedBytes(data[key]!)} bytes`);
}

function describeHead(text: Description, metadata: ObjectMeta): void {
  text.heading(metadata);
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
}
