/** A new backend: its folder. The emitter table is typed by the closed kernel core, so `npm run check` lists what is missing. */
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())

export const backend = {
  form: 'NAME in kebab case',
  example: 'spirv',
  pattern: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  plan: (name) => ({
    create: {
      [`backends/${name}/index.ts`]: index(name),
      [`backends/${name}/caps.ts`]: caps(name),
      [`test/unit/${name}/emit.test.ts`]: test(name),
    },
    edit: {},
    next: [
      `backends/${name}/caps.ts: what the target can do, as data`,
      `an emitter per core op, as a \`Record<CoreOp, …>\` (backends/core.ts), so that a missing one does not compile`,
      'the target in the command line, and in the differential tests',
    ],
  }),
}

const index = (name) => `/** The backend \`${name}\`: TODO what it emits and what runs it. */
import type { Backend } from '../backend.ts'
import { caps } from './caps.ts'

export const ${camel(name)}: Backend = {
  name: '${name}',
  summary: 'TODO',
  caps,
  emit: () => Promise.reject(new Error('TODO: nothing is emitted yet')),
  unavailable: () => 'it emits nothing yet',
}
`

const caps = (
  name,
) => `/** What \`${name}\` can do, as data: scheduling reads it, and the driver refuses what it does not offer. */
import type { Capabilities } from '../backend.ts'

export const caps: Capabilities = {
  storage: ['f32', 'i32', 'u32'],
  lanes: { f32: [1], f64: [], i32: [1], u32: [1], i64: [], bool: [1] },
  transcendental: ['f32'],
  maxMemoryBytes: 2 ** 32,
  maxBufferBytes: 2 ** 31,
  maxKernelBuffers: 8,
  readWriteBuffers: true,
  execution: 'grid',
  features: [],
}
`

const test = (name) => `/** The backend \`${name}\`. */
import { expect, test } from 'vitest'
import { ${camel(name)} } from '../../../backends/${name}/index.ts'

test('emits an artefact for no kernels', async () => {
  expect(await ${camel(name)}.emit([])).not.toEqual([])
})
`
