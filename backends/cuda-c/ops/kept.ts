/**
 * Elements of packed rows. Where neighbouring iterations of a shared-out loop read neighbouring elements of one row, the bits before
 * them are counted once for all of a chunk. Rows that were fetched lie in memory that the block shares.
 */
import type { Block, Node, ValueId } from '../../../compiler/ir/node.ts'
import { blockNodes } from '../../../compiler/ir/walk.ts'
import { call, infix, named, type Expr } from '../../source/text.ts'
import type { FetchedPlace } from '../frame.ts'
import { cudaType, storedType } from '../types.ts'
import { regionOf, resultDType, scalarDType, type Emit, type OpContext } from './context.ts'
import { assign, carriedVariables } from './loops.ts'
import { decoded } from './memory.ts'

/** Elements of one packed row, those of a chunk at a time. */
export interface KeptStream {
  readonly node: Node
  /** The variable's name comes from this. */
  readonly hint: string
  /** The elements of a chunk, as an expression. */
  readonly elements: string
}

export const keptAt: Emit = (c) => {
  const values = c.frame.buffer(c.node.operands[2] as ValueId)
  const stored = c.place === null ? call('kept_at', ...rowOf(c, c.node), c.arg(4)) : named(c.place)
  return [c.share(decoded(values, stored), 'value', cudaType(resultDType(c)))]
}

/** Starts a copy; whether its rows will be there. */
export const fetch: Emit = (c) => {
  const { variable } = fetchedBy(c)
  const args = [1, 2, 3, 4, 5, 6, 7].map((index) => c.arg(index).text).join(', ')
  return [c.declare('there', 'const bool', named(`${variable}.fetch(team, ${args})`))]
}

export const fits: Emit = (c) => {
  const args = [1, 2, 3, 4, 5].map((index) => c.arg(index).text).join(', ')
  return [c.declare('fits', 'const bool', named(`${fetchedBy(c).variable}.fits(${args})`))]
}

export const awaitRows: Emit = (c) => {
  c.writer.line(`${fetchedBy(c).variable}.await(team);`)
  return []
}

export const fetchedAt: Emit = (c) => {
  const { variable, values } = fetchedBy(c)
  const stored = c.place === null ? named(`${variable}.at(${c.arg(1).text}, ${c.arg(2).text})`) : named(c.place)
  return [c.share(decoded(values, stored), 'value', cudaType(resultDType(c)))]
}

/** A loop over what a row keeps. */
export const eachFetched: Emit = (c) => {
  const { variable, values } = fetchedBy(c)
  const body = regionOf(c.node, 0)
  const [indexParam, valueParam, ...params] = body.params
  const carried = carriedVariables(c, params, 3)
  const [index, stored] = [c.fresh(indexParam?.name ?? 'i'), c.fresh('stored')]
  c.writer.block(
    `${variable}.each(${c.arg(1).text}, ${c.arg(2).text}, [&](int ${index}, ${storedType(values.type.dtype)} ${stored})`,
    () => {
      const value = c.share(decoded(values, named(stored)), 'value', cudaType(scalarDType(valueParam?.type)))
      assign(c, carried, c.region(body, [named(index), value, ...carried]))
    },
    '});',
  )
  return carried
}

function fetchedBy(c: OpContext): FetchedPlace {
  return c.frame.fetched(c.node.operands[0] as ValueId)
}

/** Where the words and the values of a row are. */
function rowOf(c: OpContext, { operands }: Node): readonly [words: Expr, values: Expr] {
  const at = (buffer: number, place: number): Expr =>
    infix(c.value(operands[buffer] as ValueId), '+', c.value(operands[place] as ValueId))
  return [at(0, 1), at(2, 3)]
}

/** Rows that a loop from 0 on, over all of its elements in registers or so many at a time, reads at its index. */
export function keptStreams(c: OpContext, region: Block, width: number): readonly KeptStream[] {
  const index = region.params[0]?.id
  const inside = new Set([...blockNodes(region)].flatMap(({ results }) => results.map(({ id }) => id)))
  return region.nodes.flatMap((node): readonly KeptStream[] => {
    if (node.op !== 'kept_at' && node.op !== 'fetched_at') return []
    if (node.operands.at(-1) !== index || !c.isUsed(node.results[0]!.id)) return []
    if (node.operands.some((id) => inside.has(id))) return []
    return [{ node, ...(node.op === 'kept_at' ? keptChunk(c, node, width) : fetchedChunk(c, node)) }]
  })
}

function keptChunk(c: OpContext, node: Node, width: number): Omit<KeptStream, 'node'> {
  const [words, values] = rowOf(c, node)
  return {
    hint: c.frame.buffer(node.operands[2] as ValueId).variable,
    elements: `load_kept<(C * T * ${width} + 31) / 32>(chunk, ${words.text}, ${values.text})`,
  }
}

function fetchedChunk(c: OpContext, { operands }: Node): Omit<KeptStream, 'node'> {
  const { variable, values } = c.frame.fetched(operands[0] as ValueId)
  return { hint: values.variable, elements: `${variable}.load(chunk, ${c.value(operands[1] as ValueId).text})` }
}
