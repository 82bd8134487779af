/** Half-precision tensors through a compiled policy: bits, Float16Array where a host has one, and plain numbers. */
import { afterEach, expect, test } from 'vitest'
import { compilePolicy, instantiatePolicy } from '../../support/differential.ts'
import { EspalierError } from '../../../abi/espalier-error.ts'
import type { Policy, Tensor } from '../../../host/runtime/wasm/types.ts'

/** Stands in for hosts without one: what counts is the name that it tells. */
class Float16Array extends Uint16Array {
  override get [Symbol.toStringTag](): never {
    return 'Float16Array' as never
  }
}

const load = async (): Promise<Policy> => {
  const text = 'policy p {\n  entry twice(X: f16[a]) {\n    return Y: (X + X) where X == X\n  }\n}\n'
  return instantiatePolicy(await compilePolicy({ text }))
}
const twice = (policy: Policy, data: unknown): Tensor => policy.call('twice', { X: { data, shape: [2] } as never })['Y'] as Tensor

const host = globalThis as { Float16Array?: unknown }
const own = host.Float16Array
afterEach(() => {
  if (own === undefined) delete host.Float16Array
  else host.Float16Array = own
})

test('bits, Float16Array and numbers mean the same', async () => {
  const policy = await load()
  const bits = [0x3c00, 0xc100]
  for (const data of [Uint16Array.from(bits), Float16Array.from(bits), [1, -2.5]])
    expect([...twice(policy, data).toFloat32()]).toEqual([2, -5])
})

test('a view as Float16Array needs a host that has one', async () => {
  const policy = await load()
  const Y = policy.tensor('f16', [2], [1, 2])
  delete host.Float16Array
  expect(() => Y.toFloat16()).toThrow(EspalierError)
  host.Float16Array = Float16Array
  expect(Y.toFloat16()).toBeInstanceOf(Float16Array)
  expect(() => policy.tensor('bf16', [1]).toFloat16()).toThrow(/not f16/)
  expect(policy.tensor('f16', [2], Float16Array.from([0x3c00, 0]) as never).data).toEqual(Uint16Array.of(0x3c00, 0))
})
