/** The part of the verifier about what functions and modules show to the outside: names, parameters, outputs, declared axes. */
import type { DeclaredAxis, Func, FuncOutput, Module } from './node.ts'
import { sameType } from './same-type.ts'
import type { Type } from './types.ts'
import type { Problem } from './problem.ts'
import { typesOf } from './walk.ts'

export function verifyModuleHead(module: Module): readonly Problem[] {
  const variantName = (func: Func): string => JSON.stringify([func.name, Object.entries(func.variant).sort()])
  return [
    ...repeated(module.axes.map((axis) => axis.name)).map((name) => `the axis ${name} is declared twice`),
    ...repeated(module.params.map((param) => param.name)).map((name) => `the parameter ${name} is declared twice`),
    ...repeated(module.states.map((state) => state.name)).map((name) => `the state ${name} is declared twice`),
    ...repeated(module.funcs.map(variantName)).map((name) => `the function ${name} is there twice`),
  ].map((problem) => ({ func: null, op: null, problem, span: null }))
}

export function verifyInterface(func: Func): readonly Problem[] {
  const types = typesOf(func)
  const { params } = func.body
  const problems = [
    ...repeated(func.axes.map((axis) => axis.name)).map((name) => `the axis ${name} is listed twice`),
    ...(params.length === func.params.length ? [] : ['the parameters of the body are not those of the function']),
    ...func.params.flatMap((param, i) => {
      const mirror = params[i]
      const same =
        mirror !== undefined && mirror.id === param.id && mirror.name === param.name && sameType(mirror.type, param.type)
      return same || mirror === undefined ? [] : [`parameter ${i + 1} of the body is not the function's`]
    }),
    ...(mirrorsYields(func) ? [] : ['the outputs are not what the body yields']),
    ...(func.role === 'entry' ? entryProblems(func, (id) => types.get(id)) : []),
  ]
  return problems.map((problem) => ({ func: func.name, op: null, problem, span: func.span }))
}

const mirrorsYields = (func: Func): boolean =>
  func.outputs.length === func.body.yields.length && func.outputs.every((output, i) => output.value === func.body.yields[i])

/** Names are unique per role, and declared axes spell out the atomic ones in order. */
function entryProblems(func: Func, typeOf: (id: number) => Type | undefined): readonly string[] {
  return [
    ...repeated(func.params.map((param) => `${param.role} ${param.name}`)).map((name) => `${name} is there twice`),
    ...repeated(func.outputs.map((output) => `${output.role} ${output.name}`)).map((name) => `${name} is given twice`),
    // The axis of an argument is the one that it is a position along.
    ...func.params.flatMap((param) => (param.role === 'argument' ? [] : declaredProblem(param.name, param.axes, param.type))),
    ...func.outputs.flatMap((output) => declaredProblem(output.name, sliceAxes(output), typeOf(output.value))),
  ]
}

/** The axes of the value of an output: of a slice, those that are not addressed. */
function sliceAxes({ axes, at }: FuncOutput): readonly DeclaredAxis[] {
  const addressed = new Set(at?.map(({ axis }) => axis))
  return axes.map((axis) => ({ ...axis, atoms: axis.atoms.filter((atom) => !addressed.has(atom)) }))
}

function declaredProblem(name: string, declared: readonly DeclaredAxis[], type: Type | undefined): readonly string[] {
  if (type === undefined) return []
  const atoms = declared.flatMap((axis) => axis.atoms)
  const axes = type.kind === 'tensor' ? type.axes : []
  const agrees = atoms.length === axes.length && atoms.every((atom, i) => atom === axes[i])
  return agrees ? [] : [`${name} is declared over [${atoms.join(', ')}] and is over [${axes.join(', ')}]`]
}

const repeated = (names: readonly string[]): readonly string[] => [
  ...new Set(names.filter((name, i) => names.indexOf(name) !== i)),
]
