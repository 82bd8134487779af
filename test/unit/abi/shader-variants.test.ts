/** Forms of parts of a shader: the portable one as it stands, others where a device has the feature. */
import { expect, test } from 'vitest'
import { asComment, withFeatures } from '../../../abi/shader-variants.ts'

const fast = 'fn total(x: f32) -> f32 {\n\n  return subgroupAdd(x);\n}'
const text = `alias word = u32;
// --- team operations: portable
fn total(x: f32) -> f32 { return x; }
// --- team operations: subgroups
${asComment(fast)}
// --- end
// --- half: portable
fn half(x: f32) -> f32 { return x; }
// --- end
fn rest() {}`

test('without features the text stays, less its other forms', () => {
  const portable = withFeatures(text, new Set(['timestamp-query']))
  expect(portable).toContain('fn total(x: f32) -> f32 { return x; }')
  expect(portable).not.toContain('subgroup')
  expect(portable).toContain('fn rest() {}')
})

test('a feature brings its form and the extension', () => {
  const better = withFeatures(text, new Set(['subgroups', 'shader-f16']))
  expect(better.startsWith('enable subgroups;\nalias word')).toBe(true)
  expect(better).toContain(`// --- team operations: subgroups\n${fast}\n// --- end`)
  expect(better).not.toContain('{ return x; }\n// --- team')
  expect(better).toContain('fn half(x: f32) -> f32 { return x; }')
  expect(better).not.toContain('enable f16')
})

test('comments carry any text', () => {
  expect(asComment('a\n\n  b')).toBe('//| a\n//|\n//|   b')
})
