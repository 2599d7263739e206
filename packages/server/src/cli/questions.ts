// Questions to whoever sits at the terminal.

import type { Question } from '../local/messages.ts';

/** @returns the answer; null where it was broken off */
export async function askHere({ kind, message }: Question): Promise<string | boolean | null> {
  const { confirm, isCancel, password } = await import('@clack/prompts');
  const answer =
    kind === 'confirm' ? await confirm({ message, initialValue: false }) : await password({ message });
  return isCancel(answer) ? null : answer;
}
