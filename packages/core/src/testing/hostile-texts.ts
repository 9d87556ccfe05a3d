/** Texts on which a careless search takes minutes, or breaks. */

export interface HostileText {
  /** As in "survives 100 kB of digits". */
  readonly name: string;
  readonly completion: string;
}

/** An empty completion, broken characters, tags that are never closed, and 100 kB of one thing. */
export function hostileTexts(): readonly HostileText[] {
  const filled = (part: string) => part.repeat(Math.ceil(100_000 / part.length));
  return [
    { name: "an empty completion", completion: "" },
    { name: "unclosed tags", completion: "<think>so <answer>4 <b \\boxed{4 $x ```json\n{" },
    { name: "lone surrogates", completion: "\ud83d <answer>\udc00</answer>" },
    {
      name: "letters of many scripts",
      completion: "שלום \u202eمرحبا\u202c 你好 नमस्ते e\u0301 \u0000\ufeff\u2028 ① ½ 👩‍🚀 𝟜 ﬁ İ ß",
    },
    { name: "100 kB of one letter", completion: filled("a") },
    { name: "100 kB of digits", completion: filled("7") },
    { name: "100 kB of zeros and a one", completion: `${filled("0")}1` },
    { name: "100 kB of whitespace", completion: filled(" \n") },
    { name: "100 kB of emoji", completion: filled("👩‍🚀") },
    {
      name: "100 kB of combining marks in an answer",
      completion: `<answer>${filled("\u0301\u0323")}</answer>`,
    },
    { name: "100 kB of opening tags", completion: filled("<think><answer>") },
    { name: "100 kB of closing tags", completion: `<think>${filled("</think> ")}` },
    {
      name: "100 kB of thinking without an answer's end",
      completion: filled("<think></think><answer>"),
    },
    { name: "100 kB of open boxes", completion: filled("\\boxed{") },
    {
      name: "100 kB of nested boxes",
      completion: `${filled("\\boxed{").slice(0, 50_000)}${filled("}").slice(0, 50_000)}`,
    },
    { name: "100 kB of hashes", completion: filled("#### 7\n") },
    { name: "100 kB of commas", completion: filled("1,234") },
  ];
}
