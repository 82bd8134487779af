/** Products of tiles on tensor cores. Sums are held by a row of lanes, in the order in which tensor cores leave them. */
import type { ValueId } from '../../../compiler/ir/node.ts'
import { call, named, type Expr } from '../../source/text.ts'
import { bufferArg, regionOf, type Emit, type OpContext } from './context.ts'

const FORMATS: Readonly<Record<string, string>> = { f16: 'HalfProducts', bf16: 'BfloatProducts' }

const formatOf = ({ node }: OpContext): string => FORMATS[String(node.attrs.dtype)]!
const text = (c: OpContext, ...indices: readonly number[]): string => indices.map((index) => c.arg(index).text).join(', ')
const variable = (c: OpContext, index: number): string => c.frame.buffer(c.node.operands[index] as ValueId).variable
const rowsOf = (c: OpContext): string => c.frame.fetched(c.node.operands[1] as ValueId).variable

/** A call whose last argument is a function of what lanes ask for. */
function calling(c: OpContext, start: string, names: readonly string[], dtype: 'int' | 'float'): void {
  const own = names.map((name) => c.fresh(name))
  c.writer.block(
    `${start}, [&](${own.map((name) => `int ${name}`).join(', ')})`,
    () => {
      const [result] = c.alone(
        regionOf(c.node, 0),
        own.map((name) => named(name)),
      )
      c.writer.line(`return ${call(dtype, result as Expr).text};`)
    },
    '});',
  )
}

export const packFactors: Emit = (c) => {
  const fits = c.fresh('fits')
  const args = `team, ${bufferArg(c).variable}, ${text(c, 1, 2)}`
  calling(c, `const bool ${fits} = pack_factors<${formatOf(c)}, ${c.node.attrs.heads}>(${args}`, ['index', 'head'], 'float')
  return [named(fits)]
}

export const rowProducts: Emit = (c) => {
  const args = [bufferArg(c).variable, rowsOf(c), variable(c, 2), text(c, 3)]
  return done(c, `row_products<${formatOf(c)}, ${c.node.attrs.heads}>(team, ${args.join(', ')})`)
}

export const clearSums: Emit = (c) => done(c, `clear_sums<C>(${bufferArg(c).variable}, ${text(c, 1)})`)

export const scaleSums: Emit = (c) => done(c, `scale_sums<C>(${bufferArg(c).variable}, ${text(c, 1, 2)})`)

export const weighScores: Emit = (c) => {
  const weighed = c.fresh('weighed')
  const args = `${bufferArg(c).variable}, ${text(c, 1, 2, 3)}`
  calling(c, `const Weighed ${weighed} = weigh_scores<${formatOf(c)}, ${c.node.attrs.heads}>(${args}`, ['row', 'head'], 'float')
  return ['peak', 'total', 'scale', 'changed'].map((what) => named(`${weighed}.${what}`))
}

export const addProducts: Emit = (c) => {
  const args = [bufferArg(c).variable, rowsOf(c), variable(c, 2), text(c, 3)]
  return done(c, `add_products<${formatOf(c)}, ${c.node.attrs.heads}, C>(team, ${args.join(', ')})`)
}

export const addElements: Emit = (c) => {
  const args = [bufferArg(c).variable, variable(c, 1), text(c, 2, 3, 4)].join(', ')
  calling(c, `add_elements<${formatOf(c)}, ${c.node.attrs.heads}, C>(${args}`, ['row', 'index'], 'float')
  return []
}

export const storeSums: Emit = (c) => {
  const args = `${bufferArg(c).variable}, ${variable(c, 1)}, ${text(c, 2, 3)}`
  calling(c, `store_sums<${formatOf(c)}, ${c.node.attrs.heads}, C>(${args}`, ['head'], 'int')
  return []
}

export const storeHeads: Emit = (c) => {
  calling(c, `store_heads<${c.node.attrs.heads}>(${bufferArg(c).variable}, ${text(c, 1)}`, ['head'], 'int')
  return []
}

function done(c: OpContext, statement: string): readonly Expr[] {
  c.writer.line(`${statement};`)
  return []
}
