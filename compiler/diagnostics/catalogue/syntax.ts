/** Diagnostics ESP0xxx: syntax. Found by the parser alone, before any name or type is looked at. */
import { defineDiagnostics } from '../define.ts'

const quoted = (text: string): string => `\`${text}\``
const foundText = (found: string | null): string => (found === null ? 'the file ends' : `found ${quoted(found)}`)

/** A policy around one entry whose body is the given statements. */
const inEntry = (...statements: readonly string[]): string =>
  ['policy p {', '  entry e(K: f32[token, channel]) {', ...statements.map((line) => `    ${line}`), '  }', '}'].join('\n')

const GOOD_ENTRY = inEntry('return mask: keep 50% of channel by abs(K)')

export const syntax = defineDiagnostics({
  ESP0101: {
    severity: 'error',
    title: 'unexpected text',
    message: ({ expected, after, found }: { expected: string; after: string | null; found: string | null }) =>
      `expected ${expected}${after === null ? '' : ` after ${quoted(after)}`}, but ${foundText(found)}`,
    explain: `The parser read the text up to the marked place and could not go on. Whitespace and newlines mean nothing in a
policy, so a missing word or operator shows only where the next word does not fit: look just before the mark as well.

After a mistake the parser picks up again at the next statement, item or declaration, so one file can give many of these.`,
    example: {
      kind: 'policy',
      wrong: inEntry('return mask: keep 50% channel by abs(K)'),
      right: GOOD_ENTRY,
    },
  },
  ESP0102: {
    severity: 'error',
    title: 'misspelt keyword',
    message: ({ found, meant }: { found: string; meant: string }) =>
      `${quoted(found)} is not a keyword; ${quoted(meant)} fits here`,
    help: ({ meant }) => `Write ${quoted(meant)}.`,
    fix: ({ meant }) => meant,
    explain: `A keyword must stand here, and the word that does is close to one. The rest of the declaration is checked as if
the keyword were spelt right, so its other mistakes are reported too.`,
    example: { kind: 'policy', wrong: GOOD_ENTRY.replace('policy', 'polcy'), right: GOOD_ENTRY },
  },
  ESP0103: {
    severity: 'error',
    title: 'not a declaration',
    message: ({ found }: { found: string; meant: string | null }) => `${quoted(found)} does not begin a declaration`,
    help: ({ meant }) =>
      meant === null ? 'A file consists of `policy`, `fn`, `use` and `test` declarations.' : `Did you mean ${quoted(meant)}?`,
    fix: ({ meant }) => meant,
    explain: `A policy file is a list of declarations, each beginning with its keyword: \`policy\`, \`fn\`, \`use\` or \`test\`.
Statements and expressions belong inside them.`,
    example: { kind: 'policy', wrong: `scale = 2\n\n${GOOD_ENTRY}`, right: `fn scale() = 2\n\n${GOOD_ENTRY}` },
  },
  ESP0104: {
    severity: 'error',
    title: 'not an item of a policy',
    message: ({ found }: { found: string; meant: string | null }) => `${quoted(found)} does not begin an item of a policy`,
    help: ({ meant }) =>
      meant === null ? 'A policy consists of `axes`, `state`, `entry` and `fn` items.' : `Did you mean ${quoted(meant)}?`,
    fix: ({ meant }) => meant,
    explain: `Between the braces of a policy stand \`axes\`, \`state\`, \`entry\` and \`fn\`, in any order. What is computed belongs
inside an entry or a function; what the user sets belongs in the parameter list of the policy.`,
    example: {
      kind: 'policy',
      wrong: GOOD_ENTRY.replace('policy p {', 'policy p {\n  k = 50%'),
      right: GOOD_ENTRY.replace('policy p {', 'policy p(k: ratio = 50%) {').replace('keep 50%', 'keep k'),
    },
  },
  ESP0105: {
    severity: 'error',
    title: 'declaration in the wrong place',
    message: ({ keyword, place }: { keyword: string; place: 'policy' | 'file' }) =>
      place === 'policy'
        ? `${quoted(keyword)} belongs inside a policy`
        : `${quoted(keyword)} belongs at the top of a file, outside any policy`,
    help: ({ place }) =>
      place === 'policy'
        ? 'Move it between the braces of a policy, or remove a `}` too many before it.'
        : 'Move it out of the policy.',
    explain: `\`axes\`, \`state\` and \`entry\` describe one policy and stand between its braces; \`use\` and \`test\` concern the
whole file and stand outside. Often the cause is a closing brace too many: the marked item is then the first one after it.`,
    example: {
      kind: 'policy',
      wrong: `axes head = kv * group\n\n${GOOD_ENTRY}`,
      right: GOOD_ENTRY.replace('policy p {', 'policy p {\n  axes channel = quad * lane(4)'),
    },
  },
  ESP0106: {
    severity: 'error',
    title: 'keyword used as a name',
    message: ({ word }: { word: string }) => `${quoted(word)} is a keyword and cannot be a name`,
    help: () => 'Choose another name.',
    explain: `The words that build declarations, selections and logic are reserved, so that a mistake near one of them cannot
change what the rest of the file means. Words with a meaning in one place only, such as \`first\`, \`round\` or \`set\`, are free
as names.`,
    example: {
      kind: 'policy',
      wrong: inEntry('keep = abs(K)', 'return mask: keep 50% of channel by keep').replace('by keep', 'by abs(K)'),
      right: inEntry('score = abs(K)', 'return mask: keep 50% of channel by score'),
    },
  },
  ESP0107: {
    severity: 'error',
    title: 'bracket never closed',
    message: ({ bracket, closing }: { bracket: string; closing: string }) => `this ${quoted(bracket)} has no ${quoted(closing)}`,
    help: ({ closing }) => `Add the missing ${quoted(closing)}.`,
    explain: `Every \`(\`, \`[\` and \`{\` needs its counterpart, in the right order. The second mark shows where the missing one was
noticed, which is often later than where it belongs.`,
    example: { kind: 'policy', wrong: inEntry('return mask: keep 50% of channel by abs(K'), right: GOOD_ENTRY },
  },
  ESP0108: {
    severity: 'error',
    title: 'bracket closes nothing',
    message: ({ bracket }: { bracket: string }) => `this ${quoted(bracket)} closes nothing`,
    help: ({ bracket }) => `Remove the ${quoted(bracket)}, or add the bracket it was meant to close.`,
    fix: () => '',
    explain: 'A closing bracket must have an opening one of the same kind before it in the same declaration.',
    example: { kind: 'policy', wrong: inEntry('return mask: keep 50% of channel by abs(K))'), right: GOOD_ENTRY },
  },
  ESP0109: {
    severity: 'error',
    title: 'text without closing quote',
    message: () => 'this text in quotes does not end on its line',
    help: () => 'Add the closing `"`.',
    explain: `Texts in quotes (file names after \`use\`, titles of tests) end on the line they begin on and have no escapes. The
rest of the line was skipped.`,
    example: {
      kind: 'policy',
      wrong: `${GOOD_ENTRY}\n\ntest "keeps the larger half {\n  e(K = [[1, 2]])\n  expect mask = [[0, 1]]\n}`,
      right: `${GOOD_ENTRY}\n\ntest "keeps the larger half" {\n  e(K = [[1, 2]])\n  expect mask = [[0, 1]]\n}`,
    },
  },
  ESP0110: {
    severity: 'error',
    title: 'character without meaning',
    message: ({ characters }: { characters: string }) => `${describeCharacters(characters)} has no meaning here`,
    help: () => 'Names are made of the letters a to z and A to Z, digits and `_`.',
    explain: `Outside comments and quotes a policy is written in plain ASCII letters, digits and marks. Control characters and NUL
usually mean that the file is not a policy at all.`,
    example: {
      kind: 'policy',
      wrong: inEntry('größe = abs(K)', 'return mask: keep 50% of channel by abs(K)'),
      right: inEntry('size_of_k = abs(K)', 'return mask: keep 50% of channel by size_of_k'),
    },
  },
  ESP0111: {
    severity: 'error',
    title: 'comparisons in a chain',
    message: ({ first, second }: { first: string; second: string }) =>
      `${quoted(first)} and ${quoted(second)} cannot be chained: the result of a comparison is true or false, not a number`,
    help: ({ first, second }) => `Write \`a ${first} b and b ${second} c\`.`,
    explain: `Some languages read \`a < b < c\` as "b lies between", others as a comparison of true or false with \`c\`. To mean one
thing only, a comparison has exactly two sides here.`,
    example: {
      kind: 'policy',
      wrong: inEntry('return mask: keep 50% of channel by abs(K) within 0 < K < 1'),
      right: inEntry('return mask: keep 50% of channel by abs(K) within (0 < K and K < 1)'),
    },
  },
  ESP0112: {
    severity: 'error',
    title: 'modifier given twice',
    message: ({ modifier }: { modifier: string }) => `${quoted(modifier)} is given twice for one selection`,
    help: ({ modifier }) =>
      modifier === 'within' || modifier === 'protect'
        ? `Combine the masks: \`${modifier} (a and b)\` or \`${modifier} (a or b)\`.`
        : 'Keep one of the two.',
    explain: `Each modifier of \`keep\` and \`drop\` may be given once; their order does not matter. Two \`within\` would leave open
whether both masks must hold or either; \`and\` and \`or\` say which.`,
    example: {
      kind: 'policy',
      wrong: inEntry('return mask: keep 50% of channel by abs(K) round up round down'),
      right: inEntry('return mask: keep 50% of channel by abs(K) round up'),
    },
  },
  ESP0113: {
    severity: 'error',
    title: 'nested too deeply',
    message: ({ what, limit }: { what: 'brackets' | 'operators'; limit: number }) =>
      what === 'brackets' ? `more than ${limit} brackets within each other` : `more than ${limit} operators in one expression`,
    help: () => 'Give parts of the expression names: `part = …`.',
    explain: `The compiler works through expressions recursively, on a stack of limited size. Long before that limit an expression
stops being readable; statements that name its parts cost nothing, because they are fused again.`,
    example: {
      kind: 'policy',
      wrong: inEntry(`return mask: keep 50% of channel by ${'('.repeat(61)}abs(K)${')'.repeat(61)}`),
      right: inEntry('return mask: keep 50% of channel by ((abs(K)))'),
    },
  },
  ESP0114: {
    severity: 'error',
    title: 'file too long',
    message: ({ limit, unit }: { limit: number; unit: 'characters' | 'words and marks' }) =>
      `the file has more than ${limit} ${unit}, and is not read`,
    help: () => 'Is this a policy? If it is, divide it into files and bring them together with `use`.',
    explain: `The longest policies are a few hundred lines. A text far beyond that is most likely not a policy (a checkpoint with
the wrong name, for instance), and is refused before it costs time.`,
    example: { kind: 'policy', wrong: `${GOOD_ENTRY}\n// ${'x'.repeat(1024 * 1024)}`, right: GOOD_ENTRY },
  },
  ESP0116: {
    severity: 'error',
    title: '`=` in an expression',
    message: () => '`=` gives a name its value and cannot stand inside an expression',
    help: () => 'To compare, write `==`; arguments of functions have no names.',
    fix: () => '==',
    explain: `A statement \`name = expression\` contains one \`=\`, at its beginning. Equality is written \`==\`, and the arguments of a
function are given in order.`,
    example: {
      kind: 'policy',
      wrong: inEntry('m = keep 50% of channel by (if 1 = 2 then K else abs(K))', 'return mask: m'),
      right: inEntry('m = keep 50% of channel by (if 1 == 2 then K else abs(K))', 'return mask: m'),
    },
  },
  ESP0117: {
    severity: 'error',
    title: 'spelling of another language',
    message: ({ found }: { found: string; advice: string }) => `${quoted(found)} is not part of the language`,
    help: ({ advice }) => advice,
    explain: `Logic is written in words (\`and\`, \`or\`, \`not\`), powers with \`^\`, comments with \`//\`; statements need no
semicolons. Text copied from a page may also bring characters that only look like the ASCII ones.`,
    example: {
      kind: 'policy',
      wrong: inEntry('return mask: keep 50% of channel by abs(K) within (0 < K && K < 1)'),
      right: inEntry('return mask: keep 50% of channel by abs(K) within (0 < K and K < 1)'),
    },
  },
  ESP0118: {
    severity: 'error',
    title: 'malformed number',
    message: ({ text, reason }: { text: string; reason: 'form' | 'size' }) =>
      reason === 'size' ? `${quoted(text)} is too large or too small to be meant` : `${quoted(text)} is not a number`,
    help: ({ reason }) =>
      reason === 'size'
        ? 'The largest number is near 1.8e308.'
        : 'Numbers look like `12`, `0.5`, `1e-4` or `70%`; the remainder `a % b` has spaces around it.',
    explain: `Numbers are decimal, with digits on both sides of a point, an optional exponent, and an optional percent sign directly
after them. They are exact: \`70%\` is seven tenths, never the nearest binary fraction.`,
    example: {
      kind: 'policy',
      wrong: inEntry('return mask: keep 50% of channel by .5 * abs(K)'),
      right: inEntry('return mask: keep 50% of channel by 0.5 * abs(K)'),
    },
  },
  ESP0120: {
    severity: 'error',
    title: 'unknown type of a parameter',
    message: ({ found }: { found: string; meant: string | null }) => `${quoted(found)} is not a type of parameter`,
    help: ({ meant }) =>
      meant === null
        ? 'Write `ratio`, `count`, `int`, `real`, `bool`, or alternatives: `exact | reference`.'
        : `Did you mean ${quoted(meant)}?`,
    fix: ({ meant }) => meant,
    explain: `A parameter is a \`ratio\` (an exact decimal), a \`count\`, an \`int\`, a \`real\`, a \`bool\`, or one of at least two named
alternatives written \`a | b\`. Tensors are inputs of entries.`,
    example: {
      kind: 'policy',
      wrong: GOOD_ENTRY.replace('policy p', 'policy p(k: ratoi = 50%)').replace('keep 50%', 'keep k'),
      right: GOOD_ENTRY.replace('policy p', 'policy p(k: ratio = 50%)').replace('keep 50%', 'keep k'),
    },
  },
  ESP0121: {
    severity: 'error',
    title: 'two `else` in one reduction',
    message: () => 'a reduction has one `else`: the value of an empty domain',
    help: () => 'Remove one of the two.',
    explain: `\`max[token](x where m else 0)\` is 0 where no token is left. With several arguments there is still only one result, so
only one of them may say what it is when nothing is left.`,
    example: {
      kind: 'policy',
      wrong: inEntry('s = pool[token](abs(K) else 0, 5 else 1)', 'return mask: keep 50% of channel by s'),
      right: inEntry('s = pool[token](abs(K), 5)', 'return mask: keep 50% of channel by s'),
    },
  },
})

/** Printable ASCII and letters as they are, everything else by code point. */
function describeCharacters(characters: string): string {
  const shown = [...characters]
    .slice(0, 6)
    .map((character) => (/[\p{L}\p{N}\p{P}\p{S}]/u.test(character) ? quoted(character) : codePoint(character)))
  return shown.join(' ') + ([...characters.slice(0, 40)].length > 6 ? ' …' : '')
}

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
