/**
 * Uids that the API server makes up.
 */
import type { Draw } from '../core/decider.ts';
import { Purpose } from './purpose.ts';

/** A random UUID for the object that the draw's `subject` stands for. @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4 */
export function generatedUid(draw: Draw, subject: number): string {
  const word = (index: number): string => draw(Purpose.Uid, subject, index).toString(16).padStart(8, '0');
  const hex = word(0) + word(1) + word(2) + word(3);
  const variant = '89ab'[draw(Purpose.Uid, subject, 4) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
