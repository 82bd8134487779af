/** A new pass: its record and its test, which fails because the example does not hold yet. */
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())

export const pass = {
  form: 'NAME in kebab case',
  example: 'hoist-invariants',
  pattern: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  plan: (name) => ({
    create: { [`compiler/passes/${name}.ts`]: record(name), [`test/unit/passes/${name}.test.ts`]: test(name) },
    edit: {},
    next: [
      `compiler/passes/${name}.ts: levels, example, the pass itself; say \`ctx.missed\` wherever it could have fired and did not`,
      'its place in compiler/passes/pipelines.ts, with a comment when the place matters',
      `a golden case with a STRUCTURE section: npm run new -- golden ${name}/CASE`,
    ],
  }),
}

const record = (name) => `/** TODO what it rewrites, what it relies on, and what holds after it. */
import type { Module } from '../ir/node.ts'
import { definePass, type PassContext } from './pass.ts'

export const ${camel(name)} = definePass({
  name: '${name}',
  summary: 'TODO one phrase',
  from: 'policy',
  to: 'same',
  example: { before: 'TODO', after: 'TODO' },
  run,
})

function run(module: Module, ctx: PassContext): Module {
  ctx.missed('${name}', 'nothing is rewritten yet')
  return module
}
`

const test = (name) => `/** The pass \`${name}\`: its example, and its corner cases. */
import { expect, test } from 'vitest'
import { ${camel(name)} } from '../../../compiler/passes/${name}.ts'

test('has an example', () => {
  expect(${camel(name)}.example.before).not.toContain('TODO')
  expect(${camel(name)}.example.after).not.toContain('TODO')
})
`
