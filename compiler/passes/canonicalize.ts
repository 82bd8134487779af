/**
 * canonicalize: the form in which equal programs look equal. Folds what is known, drops what changes nothing, merges what
 * is computed twice, removes what nobody reads. Bit-exact: no rewrite changes a result of any float.
 */
import type { Func, Module } from '../ir/node.ts'
import type { OpDef } from '../ir/op.ts'
import { rewriteFunc, type RewriteOptions } from '../ir/rewrite.ts'
import { dropDead } from './canonicalize/drop-dead.ts'
import { folds } from './canonicalize/fold.ts'
import { identities } from './canonicalize/identities.ts'
import { loops } from './canonicalize/loops.ts'
import { mergeEqual } from './canonicalize/merge-equal.ts'
import { rankToKeep } from './canonicalize/rank-to-keep.ts'
import { definePass, type PassContext } from './pass.ts'

const rules = [...folds, ...identities, ...loops, rankToKeep]

export const canonicalize = definePass({
  name: 'canonicalize',
  summary: 'Folds constants exactly, drops identities, merges common subexpressions, removes dead code.',
  from: ['policy', 'sparse', 'kernel'],
  to: 'same',
  example: {
    before: `
      entry example(%0 x: f32[row] input) axes(row) {
        %1 = literal() {scalar = "ratio", value = "9/10"} : ratio
        %2 = literal() {scalar = "int", value = "1"} : int
        %3 = sub(%2, %1) : ratio
        %4 = mul(%0, %2) : f32[row]
        %5 = abs(%4) : f32[row]
        %6 = abs(%0) : f32[row]
        %7 = mul(%5, %3) : f32[row]
        %8 = add(%7, %6) : f32[row]
        return out = %8
      }`,
    after: `
      entry example(%0 x: f32[row] input) axes(row) {
        %3 = literal() {scalar = "ratio", value = "1/10"} : ratio
        %5 = abs(%0) : f32[row]
        %7 = mul(%5, %3) : f32[row]
        %8 = add(%7, %5) : f32[row]
        return out = %8
      }`,
  },
  run: (module, ctx) => canonicalizeModule(module, ctx),
})

function canonicalizeModule(module: Module, ctx: PassContext): Module {
  const funcs = module.funcs.map((func) =>
    toFixpoint(func, {
      ops: ctx.ops,
      onFired: (rule, node) => ctx.fired(rule.name, `at ${node.op}`, { func: func.name, span: node.span }),
    }),
  )
  return funcs.every((func, i) => func === module.funcs[i]) ? module : { ...module, funcs }
}

/** Merging can make a rule fire (`and(m, m)`) and the other way round; every turn but the last removes nodes. */
function toFixpoint(func: Func, options: RewriteOptions): Func {
  const turn = tidy(rewriteFunc(func, rules, options), options.ops)
  return turn === func ? func : toFixpoint(turn, options)
}

const tidy = (func: Func, ops: Readonly<Record<string, OpDef>>): Func => dropDead(mergeEqual(func, ops), ops)
