/** Products of tiles on tensor cores. Sums are held by a row of lanes, in the order in which tensor cores leave them. */
import type { ValueId } from '../../../compiler/ir/node.ts'
import { call, named, type Expr } from '../../source/text.ts'
import { bufferArg, regionOf, type Emit, type OpContext } from './context.ts'

const FORMATS: Readonly<Record<string, string>> = { f16: 'HalfProducts', bf16: 'BfloatProducts' }

const formatOf = ({ node }: OpContext): string => FORMATS[String(node.attrs.dtype)]!
const text = (c: OpContext, ...indices: readonly number[]): string => indices.map((index) => c.arg(index).text).join(', ')
const variable = (c: OpContext, index: number): string => c.frame.buffer(c.node.operands[index] as ValueId).variable
const rowsOf = (c: OpContext): string => c.frame.fetched(c.node.operands[1] as ValueId).variable

export const packFactors: Emit = (c) => {
  const fits = `pack_factors<${formatOf(c)}, ${c.node.attrs.heads}>(team, ${bufferArg(c).variable}, ${variable(c, 1)}, ${text(c, 2, 3)})`
  return [c.declare('fits', 'const bool', named(fits))]
}

export const rowProducts: Emit = (c) => {
  const args = [bufferArg(c).variable, rowsOf(c), variable(c, 2), text(c, 3)]
  return done(c, `row_products<${formatOf(c)}, ${c.node.attrs.heads}>(team, ${args.join(', ')})`)
}

export const clearSums: Emit = (c) => done(c, `clear_sums<C>(${bufferArg(c).variable}, ${text(c, 1)})`)

export const scaleSums: Emit = (c) => done(c, `scale_sums<C>(${bufferArg(c).variable}, ${text(c, 1, 2)})`)

export const weighScores: Emit = (c) => {
  const [weighed, row, head] = ['weighed', 'row', 'head'].map((name) => c.fresh(name)) as [string, string, string]
  const args = [bufferArg(c).variable, text(c, 1, 2, 3)]
  c.writer.block(
    `const Weighed ${weighed} = weigh_scores<${formatOf(c)}, ${c.node.attrs.heads}>(${args.join(', ')}, [&](int ${row}, int ${head})`,
    () => {
      const [score] = c.alone(regionOf(c.node, 0), [named(row), named(head)])
      c.writer.line(`return ${call('float', score as Expr).text};`)
    },
    '});',
  )
  return ['peak', 'total', 'scale', 'changed'].map((what) => named(`${weighed}.${what}`))
}

export const ofHead: Emit = (c) => [
  c.declare('of_head', 'const float', call('__shfl_sync', named('0xffffffffu'), c.arg(0), named(String(c.node.attrs.head)))),
]

export const addProducts: Emit = (c) => {
  const args = [bufferArg(c).variable, rowsOf(c), variable(c, 2), text(c, 3)]
  return done(c, `add_products<${formatOf(c)}, ${c.node.attrs.heads}, C>(team, ${args.join(', ')})`)
}

export const addElements: Emit = (c) => {
  const args = [bufferArg(c).variable, variable(c, 1), text(c, 2, 3, 4)]
  const [row, index] = [c.fresh('row'), c.fresh('index')]
  c.writer.block(
    `add_elements<${formatOf(c)}, ${c.node.attrs.heads}, C>(${args.join(', ')}, [&](int ${row}, int ${index})`,
    () => {
      const [element] = c.alone(regionOf(c.node, 0), [named(row), named(index)])
      c.writer.line(`return ${call('float', element as Expr).text};`)
    },
    '});',
  )
  return []
}

export const storeSums: Emit = (c) =>
  done(c, `store_sums<${formatOf(c)}, ${c.node.attrs.heads}, C>(${bufferArg(c).variable}, ${variable(c, 1)}, ${text(c, 2, 3)})`)

function done(c: OpContext, statement: string): readonly Expr[] {
  c.writer.line(`${statement};`)
  return []
}
