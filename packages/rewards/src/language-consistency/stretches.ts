// Cuts prose into stretches that are long enough to tell a language by, and short enough to hold only one.

/** Letters below which a language is a guess: sentences are joined until they have as many. */
const ENOUGH_LETTERS = 40;

/** Letters that the last stretch may stand alone with. */
const ENOUGH_ALONE = 20;

/** Characters of a stretch at most: the detector reads no more than some 350 bytes. */
const LONGEST = 200;

const SENTENCE = /[^.!?…。！？\n]+[.!?…。！？\n]*/gu;

const LETTER = /\p{L}/gu;

/** Where parts of sentences end, each of at most {@link LONGEST} characters, cut at spaces where there are any. */
function* endsOfParts(prose: string): Generator<number> {
  SENTENCE.lastIndex = 0;
  for (let start = prose.search(SENTENCE); start >= 0 && start < prose.length;) {
    SENTENCE.lastIndex = start;
    const end = SENTENCE.test(prose) ? SENTENCE.lastIndex : prose.length;
    while (end - start > LONGEST) {
      const space = prose.lastIndexOf(" ", start + LONGEST);
      start = space > start ? space : start + LONGEST;
      yield start;
    }
    yield end;
    start = end;
  }
}

function countLetters(text: string): number {
  let count = 0;
  LETTER.lastIndex = 0;
  while (LETTER.test(text)) count++;
  return count;
}

/** Neighbouring sentences in stretches of {@link ENOUGH_LETTERS} or more; a last one that is short joins the one before. */
export function stretchesOf(prose: string): string[] {
  const found: string[] = [];
  const first = Math.max(0, prose.search(SENTENCE));
  // Where the last found stretch, the open one and its last part begin.
  let [last, start, part] = [first, first, first];
  let letters = 0;
  for (const end of endsOfParts(prose)) {
    letters += countLetters(prose.slice(part, end));
    part = end;
    if (letters < ENOUGH_LETTERS) continue;
    found.push(prose.slice(start, end));
    [last, start, letters] = [start, end, 0];
  }
  if (letters < ENOUGH_ALONE && found.length > 0) found[found.length - 1] = prose.slice(last);
  else if (letters > 0) found.push(prose.slice(start));
  return found;
}
