// Cuts prose into stretches that are long enough to tell a language by, and short enough to hold only one.

/** Letters below which a language is a guess: sentences are joined until they have as many. */
const ENOUGH_LETTERS = 40;

/** Letters that the last stretch may stand alone with. */
const ENOUGH_ALONE = 20;

/** Characters of a stretch at most: the detector reads no more than some 350 bytes. */
const LONGEST = 200;

const SENTENCE = /[^.!?…。！？\n]+[.!?…。！？\n]*/gu;

/** Parts of a sentence of at most {@link LONGEST} characters, cut at spaces where there are any. */
function* partsOf(sentence: string): Generator<string> {
  let start = 0;
  while (sentence.length - start > LONGEST) {
    const space = sentence.lastIndexOf(" ", start + LONGEST);
    const end = space > start ? space : start + LONGEST;
    yield sentence.slice(start, end);
    start = end;
  }
  yield sentence.slice(start);
}

const lettersOf = (text: string): number => (text.match(/\p{L}/gu) ?? []).length;

/** Neighbouring sentences in stretches of {@link ENOUGH_LETTERS} or more; a last one that is short joins the one before. */
export function stretchesOf(prose: string): string[] {
  const found: string[] = [];
  let open = "";
  let letters = 0;
  for (const [sentence] of prose.matchAll(SENTENCE)) {
    for (const part of partsOf(sentence)) {
      open += part;
      letters += lettersOf(part);
      if (letters < ENOUGH_LETTERS) continue;
      found.push(open);
      open = "";
      letters = 0;
    }
  }
  const last = letters < ENOUGH_ALONE ? found.pop() : undefined;
  if (letters > 0 || last !== undefined) found.push((last ?? "") + open);
  return found;
}
