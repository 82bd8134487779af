/** A new op: its record, its place in the table of its level. The table's tests fail until the record is filled in. */
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())

export const op = {
  form: 'LEVEL/NAME, LEVEL one of scalar, policy, sparse, kernel',
  example: 'policy/cumulative-max',
  pattern: /^(scalar|policy|sparse|kernel)\/[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  plan(path, read) {
    const [level, name] = path.split('/')
    const index = `compiler/ir/ops/${level}/index.ts`
    return {
      create: { [`compiler/ir/ops/${level}/${name}.ts`]: record(level, name) },
      edit: { [index]: withOp(read(index), name) },
      next: [
        `compiler/ir/ops/${level}/${name}.ts: operands, attributes, traits, type rule, meaning, example`,
        level === 'kernel' ? 'an emitter in every backend: `npm run check` names them' : 'its lowering in compiler/passes/lower/',
        'npx vitest run test/ir test/unit/ir',
      ],
    }
  },
}

/** Imports come first, then the table of the level; the new row goes to the end of each. */
function withOp(text, name) {
  const lastImport = text.lastIndexOf('\nimport ')
  const endOfImport = text.indexOf('\n', lastImport + 1)
  const close = text.indexOf('}', text.indexOf('export const'))
  const key = name.replaceAll('-', '_')
  const row = key === camel(name) ? key : `${key}: ${camel(name)}`
  const inline = !text.slice(text.lastIndexOf('{', close), close).includes('\n')
  const before = text.slice(endOfImport, close).trimEnd()
  const table = inline ? `${before}, ${row} ` : `${before}\n  ${row},\n`
  return `${text.slice(0, endOfImport)}\nimport { ${camel(name)} } from './${name}.ts'${table}${text.slice(close)}`
}

const record = (
  level,
  name,
) => `/** \`${name.replaceAll('-', '_')}\`: TODO what it computes, and what it does at the edges (empty, NaN, ties). */
import { defineOp, type TypeProblem } from '../../op.ts'
import type { Type } from '../../types.ts'

function infer(types: readonly (Type | null)[]): readonly Type[] | TypeProblem {
  const x = types[0] ?? null
  return x === null ? { problem: 'needs an operand', operand: 0 } : [x] // TODO
}

export const ${camel(name)} = defineOp({
  name: '${name.replaceAll('-', '_')}',
  summary: 'TODO one sentence.',
  levels: ['${level === 'scalar' ? "policy', 'sparse', 'kernel" : level}'],
  operands: ['x'],
  attrs: {},
  traits: ['pure'],
  infer,
  // TODO eval: the meaning, in double precision; it is what every target is compared with.
  example: 'TODO a function in .pir text that uses it',
})
`
