// Texts on which a careless search takes minutes, or breaks.

/** An empty completion, broken characters and 100 kB of one thing: a test's own time limit is the judge. */
export function hostileTexts(): { readonly name: string; readonly completion: string }[] {
  const filled = (part: string) => part.repeat(Math.ceil(100_000 / part.length));
  return [
    { name: "an empty completion", completion: "" },
    { name: "lone surrogates", completion: "\ud83d <answer>\udc00</answer>" },
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
