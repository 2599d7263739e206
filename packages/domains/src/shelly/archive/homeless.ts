// What an archive holds and no table does: counted, so that nobody has to find out later.

export interface Homeless {
  /** Place in the archive, as `devices[].status`. */
  readonly field: string;
  /** Records in which it said something. */
  readonly count: number;
  readonly why: string;
}

export class HomelessFields {
  readonly #fields = new Map<string, { count: number; why: string }>();

  /** Nothing is lost where there is nothing: empty text, null, empty lists and objects do not count. */
  add(field: string, value: unknown, why: string): void {
    if (value === undefined || value === null || value === '') return;
    if (typeof value === 'object' && Object.keys(value).length === 0) return;
    const known = this.#fields.get(field);
    if (known === undefined) this.#fields.set(field, { count: 1, why });
    else known.count++;
  }

  list(): Homeless[] {
    return [...this.#fields].map(([field, { count, why }]) => ({ field, count, why }));
  }
}
