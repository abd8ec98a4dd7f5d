/**
 * What tests say they bear out: `@evidence kernel: Connection tracking` in a test file's opening comment names a
 * behaviour of the model and what it rests on. From these lines, and from what the kernel has taught, the page
 * docs/evidence.md is made.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** From the strongest to the weakest. */
export const RESTS_ON = ['kernel', 'upstream', 'published', 'model'] as const;
export type RestsOn = (typeof RESTS_ON)[number];

export interface Claim {
  readonly behaviour: string;
  readonly rests: RestsOn;
  /** Test files that bear it out, in order of name. */
  readonly tests: readonly string[];
}

/** A scenario that shows a disagreement with the kernel that was found, and what it taught. */
export interface Lesson {
  readonly file: string;
  readonly text: string;
}

export const LESSONS = 'runs/scenarios/kernel';

/** Claims of all tests below a folder, the strongest first. */
export function claimsOf(folder = 'test'): Claim[] {
  const tests = new Map<string, { readonly rests: RestsOn; readonly files: string[] }>();
  for (const file of (readdirSync(folder, { recursive: true }) as string[]).sort()) {
    if (!file.endsWith('.test.ts')) continue;
    const head = /^\/\*\*.*?\*\//s.exec(readFileSync(`${folder}/${file}`, 'utf8'))?.[0] ?? '';
    for (const [, rests, behaviour] of head.matchAll(/^ \* @evidence (\w+): (.+)$/gm)) {
      const known = tests.get(behaviour!);
      if (known !== undefined) known.files.push(`${folder}/${file}`);
      else tests.set(behaviour!, { rests: rests as RestsOn, files: [`${folder}/${file}`] });
    }
  }
  return [...tests]
    .map(([behaviour, { rests, files }]) => ({ behaviour, rests, tests: files }))
    .sort((a, b) => RESTS_ON.indexOf(a.rests) - RESTS_ON.indexOf(b.rests));
}

/** Each scenario of the folder with its comment's first sentence. */
export function lessons(): Lesson[] {
  return readdirSync(LESSONS)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const file = `${LESSONS}/${name}`;
      const comment =
        /^(?:#.*\n)+/.exec(readFileSync(file, 'utf8'))?.[0].replace(/^# ?/gm, '').replace(/\n/g, ' ') ?? '';
      return { file, text: /^.*?\.(?= |$)/.exec(comment)?.[0] ?? comment.trim() };
    });
}

/** The table of claims. @param verifiedOn kernels that each `kernel` claim was verified on */
export function claimTable(claims: readonly Claim[], verifiedOn: (claim: Claim) => string): string {
  const rows = claims.map((claim) => {
    const names = claim.tests.map((file) => `\`${file}\``).join(', ');
    return `| ${claim.behaviour} | ${claim.rests} | ${claim.rests === 'kernel' ? verifiedOn(claim) : ''} | ${names} |`;
  });
  return ['| behaviour | rests on | verified on | tests |', '|---|---|---|---|', ...rows].join('\n');
}

export function lessonTable(all: readonly Lesson[]): string {
  return ['| behaviour | scenario |', '|---|---|', ...all.map(({ file, text }) => `| ${text} | \`${file}\` |`)].join(
    '\n',
  );
}
