/** argmax and argmin: where the best element is. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, NONE } from '../../ir/op.ts'
import { computeDType } from '../../ir/types.ts'
import { HIGHEST, LOWEST, scoreKey, signedKey } from './keep.ts'
import { allOf, type Carried } from './nest.ts'
import { placeEnv } from './place-env.ts'
import { elementsOf, type Elements, type Site } from './reduced-elements.ts'
import type { Env, RegionContext } from './region-context.ts'
import { valueAs } from './values.ts'

/** Index, in the flattened reduced axes, of the best element; the first of equals; NaN only when there is nothing else. */
export function argAt(ctx: RegionContext, node: Node, site: Site, env: Env): ValueId {
  const { b } = ctx
  const inputDType = computeDType(ctx.tensorType(node.operands[0]!).dtype)
  const dtype = inputDType === 'bool' ? 'i32' : inputDType
  const axes = placesOf(ctx, node, site)
  const elements = elementsOf(ctx, site, axes, node)
  if (ctx.execution === 'team' && !b.sideBySide) return argOfTeam(ctx, node, axes, elements, env)
  const init: Carried[] = [
    { init: b.constant(0, dtype), combine: 'none' },
    { init: b.i32(-1), combine: 'none' },
  ]
  const better = node.attrs.kind === 'argmax' ? 'gt' : 'lt'
  const [, position] = elements.loop(
    env,
    init,
    (at, [best, where]) => {
      const value = valueAs(ctx, node.operands[0]!, at, dtype)
      let wins = b.op('or', [b.op('eq', [where!, b.i32(-1)]), b.op(better, [value, best!])])
      if (dtype === 'f32') wins = b.op('or', [wins, b.op('and', [b.op('isnan', [best!]), b.op('not', [b.op('isnan', [value])])])])
      const mask = allOf(ctx, elements.rest, at)
      if (mask !== null) wins = b.op('and', [wins, mask])
      return [b.op('select', [wins, value, best!]), b.op('select', [wins, ctx.offset(axes, at), where!])]
    },
    true,
  )
  return position!
}

/** The key of the best element of a part, and its position. */
export function argOfPart(ctx: RegionContext, node: Node, site: Site, env: Env): readonly [ValueId, ValueId] {
  const { b } = ctx
  const position = argAt(ctx, node, site, env)
  const at = placeEnv(ctx, placesOf(ctx, node, site), position, env)
  return [b.guarded(b.op('ge', [position, b.i32(0)]), () => argKey(ctx, node, at), b.i32(LOWEST)), position]
}

/** The best key of all first, then the first position that has it. */
function argOfTeam(ctx: RegionContext, node: Node, axes: readonly string[], elements: Elements, env: Env): ValueId {
  const { b } = ctx
  const keyOf = (at: Env): ValueId => argKey(ctx, node, at)
  const best: Carried = { init: b.i32(LOWEST), combine: 'max' }
  const [key] = elements.loop(env, [best], (at, [most]) => {
    const mask = allOf(ctx, elements.rest, at)
    const own = mask === null ? keyOf(at) : b.op('select', [mask, keyOf(at), b.i32(LOWEST)])
    return [b.op('max', [most!, own])]
  })
  const first: Carried = { init: b.i32(HIGHEST), combine: 'min' }
  const [position] = elements.loop(env, [first], (at, [least]) => {
    const mask = allOf(ctx, elements.rest, at)
    const has = b.op('eq', [keyOf(at), key!])
    const counts = mask === null ? has : b.op('and', [has, mask])
    return [b.op('min', [least!, b.op('select', [counts, ctx.offset(axes, at), b.i32(HIGHEST)])])]
  })
  return b.op('select', [b.op('eq', [position!, b.i32(HIGHEST)]), b.i32(-1), position!])
}

/** A key whose order is that of the elements, turned round for the least; NaN is the worst in either. */
function argKey(ctx: RegionContext, node: Node, at: Env): ValueId {
  const { b } = ctx
  const [x = NONE] = node.operands
  const dtype = computeDType(ctx.tensorType(x).dtype)
  const turned = (key: ValueId): ValueId => (node.attrs.kind === 'argmax' ? key : b.op('xor', [key, b.i32(-1)]))
  if (dtype !== 'f32') return turned(scoreKey(ctx, x, at))
  const value = valueAs(ctx, x, at, 'f32')
  return b.op('select', [b.op('isnan', [value]), b.i32(LOWEST), turned(signedKey(ctx, value))])
}

/** Reduced axes in the order of the operand: ties and positions are row-major in that order. */
const placesOf = (ctx: RegionContext, node: Node, { reduced }: Site): readonly string[] =>
  attrAxes(node.attrs).length === reduced.length
    ? ctx.axesOf(node.operands[0]!).filter((axis) => reduced.includes(axis))
    : reduced
