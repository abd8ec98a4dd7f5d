/**
 * Label selectors as they are typed behind `-l`: `app=web,tier in (a,b),!old`.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/labels/selector.go
 */
import type { LabelSelector, SelectorRequirement } from '../../controllers/object/label-selector.ts';
import { misuse } from './kubectl-error.ts';

const TERM = /^\s*(?:(!)\s*)?([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*)|\b(in|notin)\s*\(([^)]*)\))?\s*$/;

/** @throws {KubectlError} when the text is no selector */
export function parseLabelQuery(text: string): LabelSelector {
  if (text.trim() === '') return {};
  const matchExpressions = text.split(/,(?![^(]*\))/).map((term): SelectorRequirement => {
    const match = TERM.exec(term);
    if (match === null) throw misuse(`unable to parse requirement: found '${term.trim()}', expected: a label selector`);
    const [, not, key = '', operator, value = '', set, list = ''] = match;
    if (set !== undefined) {
      const values = list.split(',').map((item) => item.trim());
      return { key, operator: set === 'in' ? 'In' : 'NotIn', values };
    }
    if (operator === undefined) return { key, operator: not === undefined ? 'Exists' : 'DoesNotExist' };
    return { key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] };
  });
  return { matchExpressions };
}
