/**
 * Writes docs/evidence.md, and its table into README. Nothing stands there on trust: the tests that bear a behaviour out,
 * and the one that sends the kernel's lessons through it again, are run on the spot, or found in the log of a whole run
 * that has just ended; nothing is written unless all hold.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { missingRequirements } from '../../runs/verify/requirements.ts';
import { type Claim, claimsOf, claimTable, LESSONS, lessons, lessonTable } from './claims.ts';

const PAGE = 'docs/evidence.md';
const LIMIT_MS = 1_800_000;
const LESSONS_TEST = 'test/runs/verify/verify.test.ts';
const NOT_VERIFIED: readonly string[] = [
  'IPVS, SCTP connections and `ipip`: not in the kernels that were at hand',
  'Delay, rate and loss of links: labs have none of their own, and chance has no seed there',
  'Fragments, IPv6 in scenarios, multicast: not modelled',
  'The rate limit on ICMP errors between flows: labs turn it off but where it is the matter, since one flow would pay for another',
  'Other kernels than those named here',
];

/** The log of a whole `npm test` that has just ended: what it says of a test need not be found out again. */
const log = process.argv[2] === undefined ? undefined : readFileSync(process.argv[2], 'utf8');

/** @returns whether the test passed, and skipped nothing */
function passes(file: string): boolean {
  if (log !== undefined) return log.includes(`\nok   ${file} (`) && !/^SKIP /m.test(log);
  process.stderr.write(`${file}\n`);
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', file], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  return status === 0 && !/^SKIP /m.test(stdout);
}

const missing = missingRequirements();
if (missing !== undefined) throw new Error(missing);
const claims = claimsOf();
const taught = lessons();
// Every scenario that ships is sent through the kernel by one of the tests, those of the lessons too.
const files = new Set([...claims.flatMap(({ tests }) => tests), LESSONS_TEST]);
const failed = [...files].filter((file) => !passes(file));
if (failed.length > 0) throw new Error(`Not borne out: ${failed.join(', ')}`);

/** `6.18` of `6.18.5-fc-v15`: what a version is known by. */
const kernel = /^\d+\.\d+/.exec(release())?.[0] ?? release();
let before = '';
try {
  before = readFileSync(PAGE, 'utf8');
} catch {
  // The first time there is none.
}
/** Kernels that the page named already, and this one. */
function verifiedOn({ behaviour }: Claim): string {
  const row = before.split('\n').find((line) => line.startsWith(`| ${behaviour} | kernel |`));
  const known = row?.split(' | ')[2]?.replace('Linux ', '').split(', ') ?? [];
  return `Linux ${[...new Set([...known, kernel])].filter((version) => /^\d+\.\d+$/.test(version)).join(', ')}`;
}
const table = claimTable(claims, verifiedOn);
const readme = readFileSync('README.md', 'utf8');
writeFileSync('README.md', readme.replace(/(<!-- evidence -->\n)(?:\|.*\n)*/, `$1${table}\n`));
mkdirSync('docs', { recursive: true });
writeFileSync(
  PAGE,
  `# What the model rests on

Made by \`npm run evidence\`, which runs every test named here, or reads the log of a whole run of them, and writes
nothing unless all hold.

- **kernel**: held against a real one · **upstream**: against the project's own sources or tests · **published**: against
  what somebody observed and wrote down · **model**: nothing but reasoning

${table}

## What the kernel taught

What was found to differ, most of it by random clusters, each cut down to a scenario, and what stands guard over a part that
was hard to get right. Where the two sides differed the kernel, or upstream, was right; the comment in the file says what it
shows, and \`npx kubehop verify ${LESSONS}\` sends them all through the kernel again.

${lessonTable(taught)}

## What cannot be verified here

${NOT_VERIFIED.map((line) => `- ${line}.`).join('\n')}
`,
);
