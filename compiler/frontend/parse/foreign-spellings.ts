/** Spellings of other languages, and characters that look like ours: what to write instead. None can occur in a correct file. */

export interface ForeignSpelling {
  readonly text: string
  /** What to do instead, for the help line. */
  readonly advice: string
  /** What to write in its place; null where that depends. */
  readonly meant: string | null
}

const SPELLINGS: readonly (readonly [text: string, advice: string])[] = [
  ['===', 'Write `==`.'],
  ['!==', 'Write `!=`.'],
  ['&&', 'Write `and`.'],
  ['||', 'Write `or`.'],
  ['**', 'Write `^`.'],
  ['=>', 'Write `>=` to compare, `->` to rename an axis.'],
  ['=<', 'Write `<=`.'],
  ['<>', 'Write `!=`.'],
  ['+=', 'Write `x = x + …`, or `x := x + …` for a state variable.'],
  ['-=', 'Write `x = x - …`, or `x := x - …` for a state variable.'],
  ['*=', 'Write `x = x * …`, or `x := x * …` for a state variable.'],
  ['/*', 'Comments start with `//` and end with the line.'],
  ['*/', 'Comments start with `//` and end with the line.'],
  ['#', 'Comments start with `//` and end with the line.'],
  [';', 'Leave it out: a statement ends where the next one begins.'],
  ['&', 'Write `and`.'],
  ['~', 'Write `not`.'],
  ['?', 'Write `if condition then a else b`.'],
  ["'", 'Write texts in double quotes.'],
  ['`', 'Write texts in double quotes; names need no quotes.'],
  ['\u201C', 'Write plain double quotes.'],
  ['\u201D', 'Write plain double quotes.'],
  ['\u2018', 'Write texts in plain double quotes.'],
  ['\u2019', 'Write texts in plain double quotes.'],
  ['\u2212', 'Write `-`.'],
  ['\u2013', 'Write `-`.'],
  ['\u2014', 'Write `-`.'],
  ['\u00D7', 'Write `*`.'],
  ['\u00B7', 'Write `*`.'],
  ['\u00F7', 'Write `/`.'],
  ['\u2264', 'Write `<=`.'],
  ['\u2265', 'Write `>=`.'],
  ['\u2260', 'Write `!=`.'],
  ['\u2192', 'Write `->`.'],
  ['\u00A0', 'This is a space that does not break; write an ordinary one.'],
]

/** `!` alone is foreign, `!=` is not, so it is looked for after the longer ones. */
const NOT: ForeignSpelling = { text: '!', advice: 'Write `not`.', meant: 'not ' }

const OTHERS: ReadonlyMap<string, string> = new Map([
  [';', ''],
  ['\u00A0', ' '],
  ['\u201C', '"'],
  ['\u201D', '"'],
])

const meantBy = (text: string, advice: string): string | null =>
  OTHERS.get(text) ?? /^Write `([^`]+)`\.$/.exec(advice)?.[1] ?? null

const byFirst = new Map<string, ForeignSpelling[]>()
for (const [text, advice] of SPELLINGS) {
  const first = text.charAt(0)
  byFirst.set(first, [...(byFirst.get(first) ?? []), { text, advice, meant: meantBy(text, advice) }])
}

/** The foreign spelling at `offset`, longest first; null where there is none. */
export function foreignSpelling(text: string, offset: number): ForeignSpelling | null {
  const first = text.charAt(offset)
  const found = byFirst.get(first)?.find((entry) => text.startsWith(entry.text, offset))
  if (found !== undefined) return found
  return first === '!' && text.charAt(offset + 1) !== '=' ? NOT : null
}
