// A secret value in memory: it prints, logs and serialises as a placeholder.

import { inspect } from 'node:util';

const placeholder = '[secret]';

/** Holds a secret. Only `reveal()` gives it out, so that no log line, error or answer does by accident. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  [inspect.custom](): string {
    return placeholder;
  }
}
