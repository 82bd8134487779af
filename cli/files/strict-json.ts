/**
 * JSON that refuses what `JSON.parse` lets pass: a key that occurs twice in one object, and nesting deeper than any
 * header. Objects come back as Maps, so that no key (`__proto__`) is special.
 */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
export type JsonObject = ReadonlyMap<string, JsonValue>

export type JsonResult =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly problem: string; readonly duplicate: string | null }

const MAX_DEPTH = 32

class JsonProblem extends Error {
  readonly duplicate: string | null
  constructor(problem: string, duplicate: string | null = null) {
    super(problem)
    this.duplicate = duplicate
  }
}

export function parseStrictJson(text: string): JsonResult {
  const reader = new Reader(text)
  try {
    const value = reader.value(0)
    reader.space()
    if (reader.at < text.length) reader.fail('text follows the value')
    return { ok: true, value }
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error
    return { ok: false, problem: error.message, duplicate: error.duplicate }
  }
}

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const SPACE = /[ \t\r\n]*/y

class Reader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  fail(problem: string, duplicate: string | null = null): never {
    throw new JsonProblem(`${problem} at offset ${this.at}`, duplicate)
  }

  space(): void {
    this.take(SPACE)
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  private takeLetter(letter: string): boolean {
    this.space()
    if (this.text[this.at] !== letter) return false
    this.at++
    return true
  }

  private string(): string {
    const literal = this.take(STRING)
    return literal === undefined ? this.fail('a text is malformed') : (JSON.parse(literal) as string)
  }

  value(depth: number): JsonValue {
    if (depth > MAX_DEPTH) this.fail('it is nested too deeply')
    if (this.takeLetter('{')) return this.object(depth)
    if (this.takeLetter('[')) return this.array(depth)
    if (this.text[this.at] === '"') return this.string()
    const number = this.take(NUMBER)
    if (number !== undefined) return Number(number)
    const word = this.take(WORD)
    if (word === undefined) this.fail(this.at >= this.text.length ? 'the text ends' : 'no value starts')
    return word === 'null' ? null : word === 'true'
  }

  private object(depth: number): JsonObject {
    const entries = new Map<string, JsonValue>()
    if (this.takeLetter('}')) return entries
    do {
      this.space()
      const key = this.string()
      if (entries.has(key)) this.fail(`the key "${key}" occurs twice`, key)
      if (!this.takeLetter(':')) this.fail('a `:` is missing')
      entries.set(key, this.value(depth + 1))
    } while (this.takeLetter(','))
    if (!this.takeLetter('}')) this.fail('a `}` is missing')
    return entries
  }

  private array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = []
    if (this.takeLetter(']')) return items
    do items.push(this.value(depth + 1))
    while (this.takeLetter(','))
    if (!this.takeLetter(']')) this.fail('a `]` is missing')
    return items
  }
}
