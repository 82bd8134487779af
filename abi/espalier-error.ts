/** The one error that loading and calling a policy throws. Its `code` is explained by `espalier explain CODE`. */
import { callProblems, type CallCode, type CallParams, type CallProblem } from './call-problems.ts'

export class EspalierError extends Error {
  readonly code: string
  /** The axis it is about, when it is about one. */
  readonly axis: string | null
  readonly expected: string | number | null
  readonly got: string | number | null

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(`${code}: ${message}`)
    this.name = 'EspalierError'
    this.code = code
    this.axis = typeof details['axis'] === 'string' ? details['axis'] : null
    this.expected = plain(details['expected'])
    this.got = plain(details['got'])
  }
}

const plain = (value: unknown): string | number | null => (typeof value === 'string' || typeof value === 'number' ? value : null)

/** The error for a code, worded by the table. For `throw problem('ESP4102', …)`. */
export function problem<C extends CallCode>(code: C, params: CallParams<C>): EspalierError {
  const row = callProblems[code] as unknown as CallProblem<CallParams<C>>
  const help = row.help(params)
  return new EspalierError(code, help === null ? row.message(params) : `${row.message(params)}; ${help}`, { ...params })
}

/** How a value of any kind is named in a message: short, and never throwing. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return value.length > 40 ? `'${value.slice(0, 40)}…'` : `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'undefined') return String(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (Array.isArray(value)) return 'an array'
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  return tag === 'Object' ? 'an object' : `a ${tag}`
}
