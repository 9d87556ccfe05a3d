// What asking a judge used up, by sample, such that nothing of a whole run is left out.
import type { JudgeParams } from "./params.js";

/** Tokens of one reply, where the server counts them. */
export interface ReplyTokens {
  readonly input: number;
  readonly output: number;
}

type Usage = Readonly<Record<string, number>>;

/**
 * Counts requests, retries, tokens and, where there are prices, the cost. What was used up for samples that then failed,
 * and so have no result to say it with, is told with the next one that has.
 */
export class UsageLedger {
  readonly #prices: Pick<JudgeParams, "pricePerMillionInputTokens" | "pricePerMillionOutputTokens">;
  #left: Usage = {};

  constructor(prices: Pick<JudgeParams, "pricePerMillionInputTokens" | "pricePerMillionOutputTokens">) {
    this.#prices = prices;
  }

  /** An account for one sample or group. */
  open(): UsageAccount {
    return new UsageAccount(this.#prices);
  }

  /** The account of what failed. */
  leave(account: UsageAccount): void {
    this.#left = add(this.#left, account.total());
  }

  /** The usage of what succeeded, with what was left. */
  settle(account: UsageAccount): Usage {
    const total = add(account.total(), this.#left);
    this.#left = {};
    return total;
  }
}

export class UsageAccount {
  readonly #prices: ConstructorParameters<typeof UsageLedger>[0];
  #requests = 0;
  #retries = 0;
  #tokens: ReplyTokens | undefined;

  constructor(prices: ConstructorParameters<typeof UsageLedger>[0]) {
    this.#prices = prices;
  }

  /** @param number of the try, from 1 */
  countRequest(number: number): void {
    this.#requests += 1;
    if (number > 1) this.#retries += 1;
  }

  countTokens(tokens: ReplyTokens | undefined): void {
    if (tokens === undefined) return;
    const { input = 0, output = 0 } = this.#tokens ?? {};
    this.#tokens = { input: input + tokens.input, output: output + tokens.output };
  }

  total(): Usage {
    const { pricePerMillionInputTokens: inputPrice, pricePerMillionOutputTokens: outputPrice } = this.#prices;
    const tokens = this.#tokens;
    const cost = tokens && (tokens.input * (inputPrice ?? 0) + tokens.output * (outputPrice ?? 0)) / 1e6;
    return {
      requests: this.#requests,
      retries: this.#retries,
      ...(tokens && { input_tokens: tokens.input, output_tokens: tokens.output }),
      ...(cost !== undefined && (inputPrice !== null || outputPrice !== null) && { cost }),
    };
  }
}

function add(left: Usage, right: Usage): Usage {
  const sum: Record<string, number> = { ...left };
  for (const [key, value] of Object.entries(right)) sum[key] = (sum[key] ?? 0) + value;
  return sum;
}
