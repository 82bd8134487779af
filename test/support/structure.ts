/**
 * The STRUCTURE section: operator counts by path. Lines are `scope: path count · path count`. A scope is a function's name (all
 * its variants), `name.choice` (the variants made for that alternative) or `module`. A path is `op/op`: ops of the last name anywhere inside ops of the names before; `op.word` narrows an
 * op to those with an attribute of that value (`buffer.temp`) or with that parameter of the function as first operand (`load.t0`). In scope `module`, `kernel` counts the kernel functions.
 */
import type { Block, Func, Module, Node, ValueId } from '../../compiler/ir/node.ts'

type ParamNames = ReadonlyMap<ValueId, string>

const LINE = /^([\w.-]+): (.+)$/
const COUNT = /^([\w./]+) (\d+|\?)$/

/** The same lines with the counts that the module has. Throws on a line that is not of the form, or an unknown function. */
export function structureText(module: Module, expected: string): string {
  return expected
    .split('\n')
    .map((line) => {
      const match = LINE.exec(line)
      if (match === null) throw new Error(`STRUCTURE lines are \`function: op 1 · op/op 0\`, not \`${line}\``)
      const [, scope = '', counts = ''] = match
      return `${scope}: ${counts
        .split(' · ')
        .map((count) => counted(module, scope, count))
        .join(' · ')}`
    })
    .join('\n')
}

function counted(module: Module, scope: string, text: string): string {
  const path = COUNT.exec(text)?.[1]
  if (path === undefined) throw new Error(`a STRUCTURE count is \`op 1\` or \`op/op 0\`, not \`${text}\``)
  if (scope === 'module' && path === 'kernel') return `kernel ${module.funcs.filter((func) => func.role === 'kernel').length}`
  const funcs = module.funcs.filter((func) => scope === 'module' || inScope(func, scope))
  if (funcs.length === 0)
    throw new Error(`no function ${scope}; there are ${[...new Set(module.funcs.map((func) => func.name))].join(', ')}`)
  const steps = path.split('/')
  return `${path} ${funcs.reduce((sum, func) => sum + countPath(func.body, steps, new Map(func.params.map(({ id, name }) => [id, name]))), 0)}`
}

function inScope(func: Func, scope: string): boolean {
  const [name, choice] = scope.split('.')
  return func.name === name && (choice === undefined || Object.values(func.variant).includes(choice))
}

function countPath(block: Block, steps: readonly string[], params: ParamNames): number {
  const [step = '', ...rest] = steps
  return block.nodes.reduce((sum, node) => {
    const here = !matches(node, step, params) ? steps : rest
    const own = here.length === 0 ? 1 : 0
    // The last step also counts below itself: nested loops are loops too.
    const inside = here.length === 0 ? steps : here
    return sum + own + node.regions.reduce((inner, region) => inner + countPath(region, inside, params), 0)
  }, 0)
}

function matches(node: Node, step: string, params: ParamNames): boolean {
  const [op, word] = step.split('.')
  if (node.op !== op || word === undefined) return node.op === op
  const [first] = node.operands
  return Object.values(node.attrs).includes(word) || (first !== undefined && params.get(first) === word)
}
