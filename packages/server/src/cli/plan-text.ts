// A plan as people read it before they agree.

import type { Plan } from '@holdfast/core/plan';
import { paint, printable } from './output.ts';

const severities = { note: 'dim', warning: 'yellow', danger: 'red' } as const;

export function planText({ title, steps, hazards, wayBack }: Plan): string {
  return [
    paint('bold', printable(title)),
    ...steps.map((step, index) => `  ${index + 1}. ${printable(step.title)}`),
    ...hazards.map(({ severity, what }) => `  ${paint(severities[severity], `! ${printable(what)}`)}`),
    ...(wayBack === null ? [] : [paint('dim', `  way back: ${printable(wayBack)}`)]),
  ].join('\n');
}
