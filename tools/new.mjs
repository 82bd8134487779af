/**
 * `npm run new -- KIND NAME`: writes the files a new thing starts from, with a test that fails until it is filled in, and
 * says what is left to do by hand. Never overwrites. CONTRIBUTING.md has the recipes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backend } from './scaffold/backend.mjs'
import { diagnostic } from './scaffold/diagnostic.mjs'
import { golden } from './scaffold/golden.mjs'
import { op } from './scaffold/op.mjs'
import { pass } from './scaffold/pass.mjs'
import { policy } from './scaffold/policy.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Each kind: what NAME looks like, and a function from it (and a reader of existing files) to `{ create, edit, next }`:
 * files to write, existing files with their new text, and the steps that remain.
 */
const kinds = { op, pass, backend, policy, diagnostic, golden }

function usage(problem) {
  console.error(problem)
  console.error('usage: npm run new -- KIND NAME')
  for (const [kind, { form, example }] of Object.entries(kinds)) console.error(`  ${kind.padEnd(11)}${form}, as in ${example}`)
  process.exit(2)
}

const [kind, name] = process.argv.slice(2)
const recipe = Object.hasOwn(kinds, kind ?? '') ? kinds[kind] : undefined
if (recipe === undefined) usage(kind === undefined ? 'what should be new?' : `no kind of thing is called ${kind}`)
if (name === undefined || !recipe.pattern.test(name)) usage(`a new ${kind} needs a name: ${recipe.form}, as in ${recipe.example}`)

const plan = recipe.plan(name, (path) => readFileSync(join(root, path), 'utf8'))
for (const path of Object.keys(plan.create)) {
  if (existsSync(join(root, path))) {
    console.error(`${path} exists already; nothing was written`)
    process.exit(1)
  }
}
for (const [path, text] of Object.entries({ ...plan.create, ...plan.edit })) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  console.log(`${path in plan.create ? 'wrote  ' : 'changed'} ${path}`)
}
console.log('\nleft to do:')
for (const step of plan.next) console.log(`  - ${step}`)
