/**
 * Writes docs/evidence.md: each behaviour of the model with what it rests on. Nothing stands there on trust: the tests
 * that a row names are run, and the scenarios that the kernel has taught are sent through it, on the spot.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { missingRequirements } from '../../runs/verify/requirements.ts';
import { verifyFiles } from '../../runs/verify/verify.ts';

interface Row {
  readonly behaviour: string;
  readonly rests: 'kernel' | 'upstream' | 'published' | 'model';
  readonly tests: readonly string[];
}

const SCENARIOS = 'runs/scenarios/kernel';
const LIMIT_MS = 240_000;

/** `6.18` of `6.18.5-fc-v15`: what a version is known by. */
const kernel = `Linux ${/^\d+\.\d+/.exec(release())?.[0] ?? release()}`;

const NOT_VERIFIED: readonly string[] = [
  'IPVS, SCTP connections and `ipip`: not in the kernels that were at hand',
  'Delay, rate and loss of links: labs have none of their own, and chance has no seed there',
  'Fragments, IPv6 in scenarios, multicast: not modelled',
  'The limit on all ICMP errors of a host together: the kernel draws what each costs',
  'Other kernels than those named here',
];

/** @returns whether the test passed, and skipped nothing */
function passes(file: string): boolean {
  process.stderr.write(`${file}\n`);
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', file], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  return status === 0 && !/^SKIP /m.test(stdout);
}

/** The comment that a scenario opens with, to its first full stop. */
function lesson(text: string): string {
  const comment = /^(?:#.*\n)+/.exec(text)?.[0].replace(/^# ?/gm, '').replace(/\n/g, ' ') ?? '';
  return /^.*?\.(?= |$)/.exec(comment)?.[0] ?? comment.trim();
}

const missing = missingRequirements();
if (missing !== undefined) throw new Error(missing);
const rows = JSON.parse(readFileSync(new URL('behaviour.json', import.meta.url), 'utf8')) as Row[];
const failed: string[] = [];
const table = rows.map(({ behaviour, rests, tests }) => {
  failed.push(...tests.filter((file) => !passes(file)));
  const names = tests.map((file) => `\`${file}\``).join(', ');
  return `| ${behaviour} | ${rests} | ${names} |`;
});
const scenarios = readdirSync(SCENARIOS).filter((file) => file.endsWith('.yaml'));
const lessons: string[] = [];
for (const file of scenarios) {
  process.stderr.write(`${file}\n`);
  const name = `${SCENARIOS}/${file}`;
  const { differences } = await verifyFiles([name], { probes: false, reached: true });
  if (differences.length > 0) failed.push(name);
  lessons.push(`| ${lesson(readFileSync(name, 'utf8'))} | \`${name}\` |`);
}
if (failed.length > 0) throw new Error(`Not borne out: ${failed.join(', ')}`);
mkdirSync('docs', { recursive: true });
writeFileSync(
  'docs/evidence.md',
  `# What the model rests on

Made by \`npm run evidence\`, which runs every test and every scenario named here and writes nothing unless all hold.
Verified on ${kernel}.

- **kernel**: held against a real one · **upstream**: against the project's own sources or tests · **published**: against
  what somebody observed and wrote down · **model**: nothing but reasoning

| behaviour | rests on | tests |
|---|---|---|
${table.join('\n')}

## What the kernel taught

Disagreements that were found, most of them by random clusters, each cut down to a scenario. The kernel, or upstream, was
right each time; the comment in the file says what the model did, and \`kubehop verify ${SCENARIOS}\` sends them all through the kernel again.

| behaviour | scenario |
|---|---|
${lessons.join('\n')}

## What cannot be verified here

${NOT_VERIFIED.map((line) => `- ${line}.`).join('\n')}
`,
);
