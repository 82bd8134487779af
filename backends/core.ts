/**
 * The closed list of ops a kernel body consists of, as a type: a backend's emitter table is `Record<CoreOp, …>`, so one
 * that misses an op does not compile. What each op means is in `compiler/ir/ops/kernel/README.md`.
 */
export const UNARY_MATH = ['sqrt', 'exp', 'log', 'sin', 'cos', 'tanh', 'floor', 'ceil', 'round', 'trunc'] as const
export const ARITHMETIC = ['add', 'sub', 'mul', 'div', 'floordiv', 'rem', 'pow', 'min', 'max', 'neg', 'abs', 'sign'] as const
export const COMPARISON = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const
export const LOGIC = ['and', 'or', 'xor', 'not', 'shl', 'shr', 'popcount', 'ctz'] as const
export const CONVERSION = ['constant', 'select', 'isnan', 'convert', 'bitcast'] as const
export const MEMORY = ['load', 'load_raw', 'store', 'store_raw', 'gather_lanes', 'scatter_lanes'] as const
export const CONTROL = ['for', 'lanes', 'while', 'if'] as const
export const VECTOR = ['splat', 'iota', 'extract', 'lane_reduce', 'bitmask'] as const

export const CORE_OPS = [
  ...UNARY_MATH,
  ...ARITHMETIC,
  ...COMPARISON,
  ...LOGIC,
  ...CONVERSION,
  ...MEMORY,
  ...CONTROL,
  ...VECTOR,
] as const

/** What only targets that run many threads have beside the core. */
export const GRID_OPS = ['points', 'once', 'barrier', 'atomic', 'store_group', 'kept_at', 'mul_add', 'join_points'] as const

/** What teams have besides, on targets that say so (`teamOps`). */
export const TEAM_OPS = [
  ...(['tally', 'compact', 'store_bits', 'threshold', 'keep_best', 'is_best', 'half_keys'] as const),
  ...(['fetch', 'await', 'fetched_at', 'each_fetched'] as const),
  ...(['pack_factors', 'row_products', 'clear_sums', 'scale_sums', 'add_products', 'add_elements', 'store_sums'] as const),
  ...(['weigh_scores', 'store_heads', 'fits'] as const),
] as const

export type UnaryMathOp = (typeof UNARY_MATH)[number]
export type ArithmeticOp = (typeof ARITHMETIC)[number]
export type ComparisonOp = (typeof COMPARISON)[number]
export type LogicOp = (typeof LOGIC)[number]
export type ConversionOp = (typeof CONVERSION)[number]
export type MemoryOp = (typeof MEMORY)[number]
export type ControlOp = (typeof CONTROL)[number]
export type VectorOp = (typeof VECTOR)[number]
export type CoreOp = (typeof CORE_OPS)[number]
export type GridOp = (typeof GRID_OPS)[number]
export type TeamOp = (typeof TEAM_OPS)[number]

const names: ReadonlySet<string> = new Set(CORE_OPS)
export const isCoreOp = (op: string): op is CoreOp => names.has(op)
const gridNames: ReadonlySet<string> = new Set(GRID_OPS)
export const isGridOp = (op: string): op is GridOp => gridNames.has(op)
const teamNames: ReadonlySet<string> = new Set(TEAM_OPS)
export const isTeamOp = (op: string): op is TeamOp => teamNames.has(op)
