/** Rows of which each element is one thread's are memory like other scratch here: what is shared out goes to threads in turn, always. */
import type { Func } from '../../compiler/ir/node.ts'

export const laneRowsInScratch = (func: Func): Func => {
  const params = func.params.map((param) =>
    param.type.kind === 'buffer' && param.type.access === 'lane'
      ? { ...param, type: { ...param.type, access: 'scratch' as const } }
      : param,
  )
  return { ...func, params, body: { ...func.body, params: params.map(({ id, name, type }) => ({ id, name, type })) } }
}
