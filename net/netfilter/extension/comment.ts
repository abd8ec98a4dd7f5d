/**
 * `-m comment`: holds always.
 */
import type { Match } from '../match.ts';
import { quote } from '../word.ts';
import { matchExtension } from './extension.ts';

export interface CommentMatch extends Match {
  readonly name: 'comment';
  readonly comment: string;
}

/** @see include/uapi/linux/netfilter/xt_comment.h XT_MAX_COMMENT_LEN, the final NUL included */
const MAX_LENGTH = 256;

export const comment = matchExtension<CommentMatch>({
  name: 'comment',
  options: [{ name: 'comment', words: 1 }],
  parse: (options) => {
    const text = options.required('comment');
    if (text.length >= MAX_LENGTH) {
      options.fail('comment', `comment: option "--comment" must be shorter than ${MAX_LENGTH} characters`);
    }
    return { name: 'comment', comment: text };
  },
  print: (match) => ` --comment ${quoteComment(match.comment)}`,
  list: (match) => `/* ${match.comment} */`,
  evaluate: () => 1,
});

function quoteComment(text: string): string {
  return text === '' ? '""' : quote(text);
}
