// Reads the fields of a config.json with errors that name the field, the file, the value and what it must be.
import { PavlovError } from "@pavlov/core";
import type { JsonObject } from "./config.js";
import { shown } from "./json-file.js";

/** Fields of a JSON object that is not to be trusted. A field that is null counts as missing. */
export class ConfigReader {
  /** `source` names the file in errors. */
  constructor(
    readonly json: JsonObject,
    readonly source: string,
  ) {}

  has(key: string): boolean {
    return (this.json[key] ?? null) !== null;
  }

  /** A positive whole number; `largest` keeps a damaged file from asking for more than any machine has. */
  size(key: string, fallback?: number, largest = 2 ** 31): number {
    return this.#whole(key, fallback, 1, largest);
  }

  /** A whole number from 0. */
  count(key: string, fallback?: number): number {
    return this.#whole(key, fallback, 0, 2 ** 31);
  }

  number(key: string, fallback?: number): number {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.#wrong(key, "a number");
    return value;
  }

  /** A number above 0. */
  positive(key: string, fallback?: number): number {
    const value = this.number(key, fallback);
    if (value <= 0) throw this.#wrong(key, "a number above 0");
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "boolean") throw this.#wrong(key, "true or false");
    return value;
  }

  text(key: string, fallback?: string): string {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "string") throw this.#wrong(key, "a text");
    return value;
  }

  object(key: string): ConfigReader | null {
    const value = this.json[key] ?? null;
    if (value === null) return null;
    if (typeof value !== "object" || Array.isArray(value)) throw this.#wrong(key, "an object");
    return new ConfigReader(value as JsonObject, `${key} of ${this.source}`);
  }

  /** One token id, or a list of them, or nothing. */
  tokenIds(key: string): number[] {
    const value = this.json[key] ?? [];
    const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
    return ids.map((id) => {
      if (typeof id === "number" && Number.isInteger(id) && id >= 0) return id;
      throw this.#wrong(key, "a token id or a list of them");
    });
  }

  /** The error for a value that is understood, but not supported. */
  refuse(key: string, reason: string, hint?: string): PavlovError {
    return new PavlovError(`${this.source}: \`${key}\` is ${shown(this.json[key])}, ${reason}.`, { hint });
  }

  #whole(key: string, fallback: number | undefined, smallest: number, largest: number): number {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "number" || !Number.isInteger(value) || value < smallest || value > largest) {
      throw this.#wrong(key, `a whole number from ${smallest} to ${largest}`);
    }
    return value;
  }

  #wrong(key: string, expected: string): PavlovError {
    const value = this.json[key];
    const found = value === undefined ? "is missing" : `is ${shown(value)}`;
    return new PavlovError(`${this.source}: \`${key}\` ${found}; it must be ${expected}.`);
  }
}
