/**
 * choose-format: a `pack` without a format gets the one that is smallest by what is known when compiling. Structure decides
 * first: n of a group of m is n:m, a mask of blocks is blocks. Then bytes, where the share that is kept is a literal; formats
 * hold the same tensor, so nothing but its size depends on the choice. The remark names the alternatives with their bytes.
 */
import { formats, formatText } from '../ir/formats/formats.ts'
import { storageBytes, type StoredSizes } from '../ir/formats/storage.ts'
import { nOfM, pinnedExtent, type FactScope } from '../ir/facts.ts'
import type { Axis, Func, Node, ValueId } from '../ir/node.ts'
import { isProblem, NONE } from '../ir/op.ts'
import { rowAxes, type Format, type Packing, type TensorType, type Type } from '../ir/types.ts'
import { withBody } from '../ir/substitute.ts'
import { definitions, typesOf } from '../ir/walk.ts'
import { keptCount, keptShare } from './choose-format/share.ts'
import { definePass, type PassContext } from './pass.ts'

export const chooseFormat = definePass({
  name: 'choose-format',
  summary: 'Gives packs without a format the smallest one that suits their mask.',
  from: 'policy',
  to: 'same',
  example: {
    before: `
      entry example(%0 x: f16[row, column] input) axes(row, column) {
        %1 = literal() {scalar = "ratio", value = "1/100"} : ratio
        %2 = size() {axis = "column"} : int
        %3 = budget(%1, %2, _, _) {amount = "ratio", mode = "keep", round = "down"} : int
        %4 = keep(%0, %3, _, _) {axes = ["column"], ties = "first"} : bool[row, column]
        %5 = pack(%0, %4, %3) {exact = true, format = {"kind": "bitmap", "width": 64}, free = true, over = ["column"]} : bitmap(64) over [column] exact f16[row, column]
        return out = %5
      }`,
    after: `
      entry example(%0 x: f16[row, column] input) axes(row, column) {
        %1 = literal() {scalar = "ratio", value = "1/100"} : ratio
        %2 = size() {axis = "column"} : int
        %3 = budget(%1, %2, _, _) {amount = "ratio", mode = "keep", round = "down"} : int
        %4 = keep(%0, %3, _, _) {axes = ["column"], ties = "first"} : bool[row, column]
        %5 = pack(%0, %4, %3) {exact = true, format = {"kind": "indices"}, over = ["column"]} : indices over [column] exact f16[row, column]
        return out = %5
      }`,
  },
  run: (module, ctx) => ({ ...module, funcs: module.funcs.map((func) => chooseIn(func, ctx)) }),
})

function chooseIn(func: Func, ctx: PassContext): Func {
  if (!func.body.nodes.some((node) => node.attrs['free'] === true)) return func
  const defs = definitions(func)
  const types = typesOf(func)
  const scope: FactScope = { definition: (id) => defs.get(id), typeOf: (id) => types.get(id) as Type }
  const nodes = func.body.nodes.map((node) => (node.attrs['free'] === true ? settle(func, node, scope, ctx) : node))
  return withBody(func, { ...func.body, nodes }, (id) => id)
}

function settle(func: Func, node: Node, scope: FactScope, ctx: PassContext): Node {
  const type = node.results[0]?.type as TensorType
  const chosen = choose(node, type, func.axes, scope)
  ctx.fired('choose-format', chosen.reason, { func: func.name, span: node.span })
  const { free: _free, ...rest } = node.attrs
  const attrs = { ...rest, format: { ...chosen.format } }
  const types = node.operands.map((id) => (id === NONE ? null : scope.typeOf(id)))
  const inferred = ctx.ops[node.op]?.infer(types, attrs, node.regions)
  if (inferred === undefined || isProblem(inferred)) throw new Error(`${formatText(chosen.format)} does not suit its own pack`)
  return { ...node, attrs, results: node.results.map((result, i) => ({ id: result.id, type: inferred[i] as Type })) }
}

interface Choice {
  readonly format: Format
  readonly reason: string
}

const GUESS: Format = { kind: 'bitmap', width: 64 }

function choose(node: Node, type: TensorType, axes: readonly Axis[], scope: FactScope): Choice {
  const packing = type.packing as Packing
  const mask = node.operands[1] ?? NONE
  const { over, inside = [] } = packing
  const structural = groups(mask, over, axes, scope) ?? blocks(inside, axes, scope)
  const share = keptShare(mask, over, scope, axes)
  const known = (names: readonly string[], otherwise: number): number =>
    names.reduce((size, axis) => size * (pinnedExtent(axis, scope, axes) ?? otherwise), 1)
  const length = known(over, TYPICAL)
  const sizes = {
    rows: known(rowAxes(type.axes, packing), TYPICAL),
    length,
    kept: length * (share ?? 1),
    entry: known(inside, TYPICAL),
  }
  const candidates = [...(structural === null ? [] : [structural]), GUESS, BITMAP_32, INDICES, CSR]
  if (structural !== null)
    return {
      format: structural,
      reason: `${formatText(structural)} follows from the mask; ${account(candidates, packing, type, sizes, share)}`,
    }
  if (share === null) return { format: GUESS, reason: `${formatText(GUESS)}: how much is kept is not known when compiling` }
  const sized = candidates.map((format) => ({ format, bytes: bytesOf(format, packing, type, sizes) }))
  const best = sized.reduce((least, one) => (one.bytes < least.bytes ? one : least))
  return {
    format: best.format,
    reason: `${formatText(best.format)} is the smallest; ${account(candidates, packing, type, sizes, share)}`,
  }
}

const BITMAP_32: Format = { kind: 'bitmap', width: 32 }
const INDICES: Format = { kind: 'indices' }
const CSR: Format = { kind: 'csr' }

/** Length assumed of an axis whose extent only the inputs will say. */
const TYPICAL = 4096

const bytesOf = (format: Format, { exact }: Packing, { dtype }: TensorType, sizes: StoredSizes): number =>
  storageBytes({ format, exact: exact && formats[format.kind].constantRows }, dtype, sizes)

function account(
  candidates: readonly Format[],
  packing: Packing,
  type: TensorType,
  sizes: StoredSizes,
  share: number | null,
): string {
  if (share === null) return 'how much is kept is not known when compiling'
  const parts = candidates.map((format) => `${formatText(format)} ${perPosition(bytesOf(format, packing, type, sizes), sizes)}`)
  const dense = `dense ${perPosition(storageBytes(null, type.dtype, sizes), sizes)}`
  return `bytes per position: ${[...parts, dense].join(', ')}`
}

const perPosition = (bytes: number, { rows, length, entry }: StoredSizes): string =>
  (bytes / Math.max(1, rows * length * entry)).toPrecision(3)

function groups(mask: ValueId, over: readonly string[], axes: readonly Axis[], scope: FactScope): Format | null {
  const known = nOfM(mask, scope, axes)
  if (known === null || known.axis !== over.at(-1)) return null
  const n = keptCount(known.n, known.m, scope)
  return n === null ? null : formats.nm.make([n, known.m])
}

function blocks(inside: readonly string[], axes: readonly Axis[], scope: FactScope): Format | null {
  const sizes = inside.map((axis) => pinnedExtent(axis, scope, axes) ?? 0)
  return sizes.length === 2 ? formats.block.make(sizes) : null
}
