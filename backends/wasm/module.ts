/**
 * Turns code trees into a binary. The only module that knows binaryen, which is large: it is imported when the first
 * module is assembled, or earlier by `loadAssembler`, and the import overlaps with whatever else is going on.
 */
import type Binaryen from 'binaryen'
import { CompilerBug } from '../../compiler/diagnostics/bug.ts'
import type { Expr, Stmt, WasmFunction, WasmModule, WasmType } from './expr.ts'

export interface Assembled {
  readonly bytes: Uint8Array
  readonly wat: string | null
}

type Assembler = typeof Binaryen

export async function loadAssembler(): Promise<Assembler> {
  return (await import('binaryen')).default
}

/**
 * Throws CompilerBug when the trees are not a valid module. No optimiser runs: engines do all of it again, and
 * `docs/adr/0004-binaryen-boundary.md` has what it was measured to cost and to buy.
 */
export async function assemble(source: WasmModule, options: { readonly wat: boolean }): Promise<Assembled> {
  const binaryen = await loadAssembler()
  const module = new binaryen.Module()
  try {
    declare(binaryen, module, source)
    for (const fn of source.functions) addFunction(binaryen, module, fn)
    if (module.validate() !== 1)
      throw new CompilerBug('the emitted WebAssembly is not valid', { pass: 'emit wasm', before: module.emitText() })
    const wat = options.wat ? module.emitText() : null
    return { bytes: module.emitBinary(), wat }
  } finally {
    module.dispose()
  }
}

function declare(binaryen: Assembler, module: Binaryen.Module, source: WasmModule): void {
  const { Features } = binaryen
  module.setFeatures(
    Features.SIMD128 | Features.BulkMemory | Features.NontrappingFPToInt | Features.SignExt | Features.MutableGlobals,
  )
  module.setMemory(source.minPages, source.maxPages, null, [], false, false, 'memory')
  module.addMemoryImport('memory', 'env', 'memory', false)
  module.addGlobal('espalier_abi', binaryen.i32, false, module.i32.const(source.abiVersion))
  module.addGlobalExport('espalier_abi', 'espalier_abi')
}

function addFunction(binaryen: Assembler, module: Binaryen.Module, fn: WasmFunction): void {
  const translate = new Translator(binaryen, module)
  const value = fn.value === null ? [] : [translate.expr(fn.value)]
  const body = module.block(null, [...fn.body.map((stmt) => translate.stmt(stmt)), ...value], binaryen.auto)
  const params = binaryen.createType(fn.params.map((type) => binaryen[type]))
  const result = fn.result === null ? binaryen.none : binaryen[fn.result]
  module.addFunction(
    fn.name,
    params,
    result,
    fn.locals.map((type) => binaryen[type]),
    body,
  )
  if (fn.exported) module.addFunctionExport(fn.name, fn.name)
}

type Ref = Binaryen.ExpressionRef
type Instruction = (...args: readonly (Ref | number | readonly number[])[]) => Ref

class Translator {
  private readonly binaryen: Assembler
  private readonly module: Binaryen.Module

  constructor(binaryen: Assembler, module: Binaryen.Module) {
    this.binaryen = binaryen
    this.module = module
  }

  expr(expr: Expr): Ref {
    const { module } = this
    switch (expr.kind) {
      case 'const':
        return this.constant(expr.type, expr.value)
      case 'vector':
        return module.v128.const(expr.bytes)
      case 'get':
        return module.local.get(expr.local, this.binaryen[expr.type])
      case 'op':
        return this.operation(expr.op, expr.args, expr.lane)
      case 'shuffle':
        return module.i8x16.shuffle(this.expr(expr.args[0]), this.expr(expr.args[1]), expr.lanes)
      case 'load':
        return this.instruction(expr.op)(expr.offset, expr.align, this.expr(expr.args[0]))
      case 'load-lane':
        return this.instruction(expr.op)(expr.offset, expr.align, expr.lane, this.expr(expr.args[0]), this.expr(expr.args[1]))
      case 'select':
        return module.select(this.expr(expr.args[0]), this.expr(expr.args[1]), this.expr(expr.args[2]))
      case 'call':
        return module.call(expr.name, this.exprs(expr.args), this.binaryen[expr.type])
    }
  }

  stmt(stmt: Stmt): Ref {
    const { module } = this
    switch (stmt.kind) {
      case 'set':
        return module.local.set(stmt.local, this.expr(stmt.value))
      case 'store': {
        const [ptr, value] = [this.expr(stmt.ptr), this.expr(stmt.value)]
        const store = this.instruction(stmt.op)
        return stmt.lane < 0 ? store(stmt.offset, stmt.align, ptr, value) : store(stmt.offset, stmt.align, stmt.lane, ptr, value)
      }
      case 'block':
        return module.block(stmt.label, this.stmts(stmt.body), this.binaryen.none)
      case 'loop':
        return module.loop(stmt.label, module.block(null, this.stmts(stmt.body), this.binaryen.none))
      case 'if': {
        const then = module.block(null, this.stmts(stmt.then), this.binaryen.none)
        if (stmt.otherwise.length === 0) return module.if(this.expr(stmt.condition), then)
        return module.if(this.expr(stmt.condition), then, module.block(null, this.stmts(stmt.otherwise), this.binaryen.none))
      }
      case 'branch':
        return stmt.condition === null ? module.br(stmt.label) : module.br(stmt.label, this.expr(stmt.condition))
    }
  }

  private exprs(list: readonly Expr[]): Ref[] {
    return list.map((expr) => this.expr(expr))
  }

  private stmts(list: readonly Stmt[]): Ref[] {
    return list.map((stmt) => this.stmt(stmt))
  }

  private operation(name: string, args: readonly Expr[], lane: number): Ref {
    const [first, ...rest] = this.exprs(args)
    const instruction = this.instruction(name)
    if (first === undefined) return instruction()
    return lane < 0 ? instruction(first, ...rest) : instruction(first, lane, ...rest)
  }

  private constant(type: Exclude<WasmType, 'v128'>, value: number | bigint): Ref {
    switch (type) {
      case 'i32':
        return this.module.i32.const(Number(value))
      case 'i64':
        return this.module.i64.const(BigInt(value))
      case 'f32':
        return this.module.f32.const(Number(value))
      case 'f64':
        return this.module.f64.const(Number(value))
    }
  }

  /** binaryen's constructor of an instruction: its name is the path to it, `i32.trunc_s_sat.f32`. */
  private instruction(name: string): Instruction {
    const [family = '', ...path] = name.split('.')
    let place: unknown = this.module[family as keyof Binaryen.Module]
    for (const part of path) place = (place as Record<string, unknown> | undefined)?.[part]
    if (typeof place !== 'function') throw new CompilerBug(`no WebAssembly instruction is called ${name}`, { pass: 'emit wasm' })
    return place as Instruction
  }
}
