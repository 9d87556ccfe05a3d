// Numbers for things that are compared: equal ones get equal numbers, so that long lists of them fit into little memory.

/** Numbers from 0, in the order in which things are first met. */
export class Numbering<T> {
  readonly #known = new Map<T, number>();

  /** How many different things have a number. */
  get size(): number {
    return this.#known.size;
  }

  /** The number of a thing, a new one where it has none. */
  of(thing: T): number {
    const known = this.#known.get(thing);
    if (known !== undefined) return known;
    const next = this.#known.size;
    this.#known.set(thing, next);
    return next;
  }

  /** The number of a thing, or -1 where it has none. */
  find(thing: T): number {
    return this.#known.get(thing) ?? -1;
  }
}
