/**
 * Names that end in random letters: those of pods, and of all that has a generateName.
 * @see kubernetes staging/src/k8s.io/apiserver/pkg/storage/names/generate.go, apimachinery pkg/util/rand
 */
import type { DrawBelow } from './band.ts';

/** Letters without vowels and without what is easily misread. */
export const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const NAME_MOST = 63;

/** Five letters. */
export function nameSuffix(draw: DrawBelow): string {
  let suffix = '';
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += NAME_ALPHABET[draw(NAME_ALPHABET.length)];
  return suffix;
}

/** `base` (a generateName, with its hyphen) and a suffix; a long base is cut so that the name has 63 characters. */
export function generatedName(base: string, suffix: string): string {
  return base.slice(0, NAME_MOST - SUFFIX_LENGTH) + suffix;
}

/** A text in the alphabet of names, character by character. Not reversible. */
export function safeEncode(text: string): string {
  let encoded = '';
  for (let i = 0; i < text.length; i++) encoded += NAME_ALPHABET[text.charCodeAt(i) % NAME_ALPHABET.length];
  return encoded;
}
