/**
 * Scenarios out of text, for tests.
 */
import { InputError } from '../../../runs/input-error.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import type { Scenario } from '../../../runs/scenario/scenario.ts';

export const OBJECTS = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec: { replicas: 2, selector: { matchLabels: { app: web } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: {}
`;

/** A Scenario document with this `spec`, the objects behind it. Its spec starts in line 5. */
export function scenarioText(spec: string): string {
  const body = spec
    .trim()
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('');
  return `apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: { name: test }\nspec:\n${body === '  \n' ? '  {}\n' : body}---\n${OBJECTS}`;
}

export type Files = Readonly<Record<string, string>>;

/** Reads `s.yaml` as the one FILE; `others` are there to be opened. */
export function read(text: string, others: Files = {}, sets: readonly string[] = []): Scenario {
  return readScenario([{ name: 's.yaml', text }], {
    sets,
    open: (name) => {
      const found = others[name];
      if (found === undefined) throw new InputError({ file: name }, 'There is no such file');
      return { name, text: found };
    },
  });
}

/** The one line that a scenario is refused with. */
export function refusal(text: string, others: Files = {}, sets: readonly string[] = []): string {
  try {
    read(text, others, sets);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
  return 'accepted';
}
