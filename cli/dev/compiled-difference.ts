/** Runs compiled kernels on the inputs of trials and compares with what the evaluator said. */
import { buildManifest } from '../../compiler/driver/manifest.ts'
import type { Target } from '../../compiler/driver.ts'
import type { EvalOutputs } from '../../compiler/ir/eval.ts'
import type { TensorValue } from '../../compiler/ir/eval-value.ts'
import type { Module, FuncParam } from '../../compiler/ir/node.ts'
import type { Packing, TensorType } from '../../compiler/ir/types.ts'
import { firstDifference } from '../../compiler/trial/difference.ts'
import { sampleText, type Meaning, type Sample } from '../../compiler/trial/meaning.ts'
import { instantiate, type Inputs, type PackedTensor, type Policy, type Tensor } from '../../host/runtime/wasm/index.ts'
import { paramText } from '../../abi/params.ts'
import { EspalierError } from '../../abi/espalier-error.ts'
import { joined, numbersOf, valuesOf } from '../reference-values.ts'
import { dense, type RunTensor } from '../runner.ts'

/** f32 arithmetic, and sums in another order. */
const TOLERANCE = 1e-3

/** The first difference in words. `module` must be one that the target can emit: the end of the pipeline. */
export async function compiledDifference(meaning: Meaning, module: Module, target: Target): Promise<string | null> {
  const kernels = module.funcs.filter(({ role }) => role === 'kernel')
  const artifacts = await target.emit(kernels)
  const artifact = artifacts.find(({ role }) => role === 'kernels')?.content ?? new Uint8Array(0)
  const manifest = buildManifest(module, { version: '', hash: '', target: target.name, artifact: '' })
  for (const sample of meaning.samples) {
    const sizes = Object.fromEntries(sample.trial.extents)
    const policy = await instantiate(manifest, artifact as Uint8Array<ArrayBuffer>, { sizes })
    try {
      const found = firstDifference(sample.expected, call(policy, sample), TOLERANCE)
      if (found !== null) return `${sampleText(sample.entry, sample.variant, sample.seed)}, compiled: ${found}`
    } catch (error) {
      if (!(error instanceof EspalierError)) throw error
      return `${sampleText(sample.entry, sample.variant, sample.seed)}, compiled: refused, ${error.message}`
    } finally {
      policy.release()
    }
  }
  return null
}

function call(policy: Policy, { entry, variant, func, trial, expected }: Sample): EvalOutputs {
  const given = func.params.flatMap((param) => {
    const value = trial.inputs.get(param.name)
    return value === undefined ? [] : [[param, hostTensor(param, value)] as const]
  })
  const states = given
    .filter(([{ role }]) => role === 'state')
    .map(([{ name }, tensor]) => [name, dense(asDense(tensor))] as const)
  policy.restore(Object.fromEntries(states) as Parameters<Policy['restore']>[0])
  const inputs = given.filter(([{ role }]) => role === 'input').map(([{ name }, tensor]) => [name, tensor] as const)
  const params = [...trial.params].map(([name, value]) => [name, paramText(value)] as const)
  const results = policy.call(entry, Object.fromEntries(inputs) as unknown as Inputs, {
    ...Object.fromEntries(params),
    ...variant,
  })
  const outputs = [...expected.outputs].map(([name, value]) => [name, valueOf(results[name]!, value as TensorValue)] as const)
  const after = [...expected.states].map(([name, value]) => {
    const { dtype, data } = policy.readState(name)
    return [name, { ...value, data: numbersOf(dtype, data) }] as const
  })
  return { outputs: new Map(outputs), states: new Map(after) }
}

const hostTensor = (param: FuncParam, value: TensorValue): RunTensor =>
  joined(param.axes, [value], [], (param.type as TensorType).packing)

const asDense = (tensor: RunTensor) => {
  if (tensor.kind !== 'dense') throw new Error('a state is dense')
  return tensor
}

/** What the host gives, with the axes that the evaluator's value has. */
function valueOf(tensor: Tensor | PackedTensor, like: TensorValue): TensorValue {
  const { data, mask } = valuesOf(tensor as unknown as RunTensor)
  const base = { kind: 'tensor' as const, dtype: tensor.dtype, axes: like.axes ?? [], shape: like.shape ?? [], data }
  return mask === null ? base : { ...base, packed: { packing: like.packed?.packing as Packing, mask } }
}
