/**
 * The words of the language, for the parser's messages, editors and the formatter. The grammar is the definition; a test
 * holds these tables to it, so nothing has to look inside a compiled grammar.
 */

/** Words that begin a declaration of a file. They are reserved, so a broken file can always be picked up at the next one. */
export const DECLARATION_KEYWORDS = ['policy', 'fn', 'use', 'test'] as const
/** Words that begin an item of a policy. */
export const ITEM_KEYWORDS = ['axes', 'state', 'entry', 'fn'] as const

/** Reserved: never a name. */
export const RESERVED = [
  'policy',
  'axes',
  'state',
  'entry',
  'fn',
  'use',
  'test',
  'return',
  'if',
  'then',
  'else',
  'where',
  'and',
  'or',
  'not',
  'keep',
  'drop',
  'of',
  'by',
  'within',
  'protect',
  'ties',
  'as',
  'pack',
  'unpack',
  'compact',
  'true',
  'false',
] as const

/** Words with a meaning in their place only; everywhere else they are free as names. */
export const CONTEXTUAL = [
  'first',
  'last',
  'every',
  'all',
  'round',
  'down',
  'up',
  'nearest',
  'even',
  'at',
  'least',
  'multiple',
  'for',
  'set',
  'expect',
  'error',
  'in',
  'iterate',
  'times',
  'with',
  'next',
  'mass',
  'cost',
  'costing',
  'merge',
  'into',
  'weighted',
  'index',
  'over',
  'size',
] as const

/** Types of parameters and of per-call arguments. */
export const SCALAR_TYPES = ['ratio', 'count', 'int', 'real', 'bool'] as const

/** Element types that may be written before `[[…]]` in a test. */
export const ELEMENT_TYPES = ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool'] as const

export interface BuiltinForm {
  readonly keyword: string
  /** How it is written, with capitals for the parts to fill in. */
  readonly form: string
  readonly summary: string
}

/** The forms that are not calls: what an editor offers where an expression may stand. */
export const BUILTIN_FORMS: readonly BuiltinForm[] = [
  { keyword: 'keep', form: 'keep AMOUNT of AXIS by SCORE', summary: 'the mask of the AMOUNT best along AXIS' },
  { keyword: 'drop', form: 'drop AMOUNT of AXIS by SCORE', summary: 'the mask of all but the AMOUNT worst along AXIS' },
  { keyword: 'first', form: 'first N of AXIS', summary: 'the mask of the first N positions' },
  { keyword: 'last', form: 'last N of AXIS', summary: 'the mask of the last N positions' },
  { keyword: 'every', form: 'every N of AXIS', summary: 'the mask of positions 0, N, 2 N, …' },
  { keyword: 'pack', form: 'pack X by MASK as FORMAT', summary: 'X stored in FORMAT, kept elements only' },
  { keyword: 'compact', form: 'compact X by MASK as AXIS', summary: 'X gathered to what MASK keeps, under a new axis' },
  { keyword: 'unpack', form: 'unpack X', summary: 'the dense tensor of a packed one' },
  { keyword: 'merge', form: 'merge X of AXIS into CELL by POSITION', summary: 'the mean of what goes to each position of CELL' },
  { keyword: 'iterate', form: 'iterate N times with (X = Y) { next X = Y }', summary: 'X after N steps, starting from Y' },
  { keyword: 'for', form: 'for P in AXIS with (X = Y) { next X = Y }', summary: 'X after one step for every position of AXIS' },
  { keyword: 'if', form: 'if CONDITION then X else Y', summary: 'one of two values' },
  { keyword: 'where', form: 'X where MASK', summary: 'X with everything outside MASK absent' },
]

const reserved: ReadonlySet<string> = new Set(RESERVED)
export const isReserved = (word: string): boolean => reserved.has(word)
