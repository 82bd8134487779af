/**
 * Collects the statements and locals of one WebAssembly function. The order in which things are written is the order in
 * which they happen.
 */
import { get, isFree, typeOf, type Expr, type Stmt, type WasmFunction, type WasmType } from './expr.ts'

export class FunctionWriter {
  private readonly params: readonly WasmType[]
  private readonly locals: WasmType[] = []
  private readonly entry: Stmt[] = []
  private readonly vectors = new Map<string, Expr>()
  private statements: Stmt[] = []
  private labels = 0

  constructor(params: readonly WasmType[]) {
    this.params = params
  }

  param(index: number): Expr {
    const type = this.params[index]
    if (type === undefined) throw new RangeError(`the function has no parameter ${index}`)
    return get(index, type)
  }

  push(statement: Stmt): void {
    this.statements.push(statement)
  }

  local(type: WasmType): number {
    return this.params.length + this.locals.push(type) - 1
  }

  /** Evaluates a tree here and now; the result can be used any number of times. */
  bind(expr: Expr): Expr {
    const type = typeOf(expr)
    const local = this.local(type)
    this.push({ kind: 'set', local, value: expr })
    return get(local, type)
  }

  /** A tree that can be used more than once: itself when repeating it is free, otherwise bound. */
  share(expr: Expr): Expr {
    if (expr.kind === 'vector') return this.hoist(expr)
    return isFree(expr) ? expr : this.bind(expr)
  }

  /**
   * A vector constant, set once when the function starts: engines rebuild a v128 constant from integer registers wherever
   * it stands, which costs more than the arithmetic around it when that is a loop. Zeros are one instruction anywhere.
   */
  hoist(expr: Expr & { kind: 'vector' }): Expr {
    if (expr.bytes.every((byte) => byte === 0)) return expr
    const key = expr.bytes.join()
    const known = this.vectors.get(key)
    if (known !== undefined) return known
    const local = this.local('v128')
    this.entry.push({ kind: 'set', local, value: expr })
    const held = get(local, 'v128')
    this.vectors.set(key, held)
    return held
  }

  label(stem: string): string {
    return `${stem}${this.labels++}`
  }

  /** The statements that `fill` writes, kept apart from those around it. */
  nested(fill: () => void): Stmt[] {
    const outer = this.statements
    this.statements = []
    fill()
    const inner = this.statements
    this.statements = outer
    return inner
  }

  finish(name: string, value: Expr | null, exported: boolean): WasmFunction {
    const body = [...this.entry, ...this.statements]
    return {
      name,
      params: this.params,
      result: value === null ? null : typeOf(value),
      locals: this.locals,
      body,
      value,
      exported,
    }
  }
}
