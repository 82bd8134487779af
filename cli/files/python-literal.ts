/**
 * The Python literals that NumPy writes into headers: a dictionary of texts, booleans, integers, tuples and lists.
 * Gives plain JavaScript values; null for text that is anything else.
 */
export type PythonValue = string | number | boolean | null | readonly PythonValue[] | ReadonlyMap<string, PythonValue>

/** Deeper than any header; keeps hostile ones from exhausting the stack. */
const MAX_DEPTH = 16

export function parsePythonLiteral(text: string): PythonValue | undefined {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.space()
  return value === undefined || reader.at < text.length ? undefined : value
}

/** Every method gives undefined at the first thing that is not a literal. */
class Reader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  value(depth: number): PythonValue | undefined {
    if (depth > MAX_DEPTH) return undefined
    this.space()
    const word = this.take(/(True|False|None)\b/y)
    if (word !== undefined) return word === 'None' ? null : word === 'True'
    const number = this.take(/-?\d{1,20}(?![\d.eE])/y)
    if (number !== undefined) {
      this.take(/L/y) // Python 2 wrote long integers so
      return Number(number)
    }
    const string = this.take(/'[^'\\\n]*'|"[^"\\\n]*"/y)
    if (string !== undefined) return string.slice(1, -1)
    if (this.take(/\(/y) !== undefined) return this.sequence(')', depth)
    if (this.take(/\[/y) !== undefined) return this.sequence(']', depth)
    return this.take(/\{/y) === undefined ? undefined : this.dictionary(depth)
  }

  private sequence(close: string, depth: number): readonly PythonValue[] | undefined {
    const items: PythonValue[] = []
    for (;;) {
      this.space()
      if (this.text[this.at] === close) break
      const item = this.value(depth + 1)
      if (item === undefined) return undefined
      items.push(item)
      this.space()
      if (this.take(/,/y) === undefined) break
    }
    return this.close(close) ? items : undefined
  }

  private dictionary(depth: number): ReadonlyMap<string, PythonValue> | undefined {
    const entries = new Map<string, PythonValue>()
    for (;;) {
      this.space()
      if (this.text[this.at] === '}') break
      const key = this.value(depth + 1)
      this.space()
      if (typeof key !== 'string' || entries.has(key) || this.take(/:/y) === undefined) return undefined
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      entries.set(key, value)
      this.space()
      if (this.take(/,/y) === undefined) break
    }
    return this.close('}') ? entries : undefined
  }

  private close(close: string): boolean {
    this.space()
    if (this.text[this.at] !== close) return false
    this.at++
    return true
  }
}
