/**
 * Numbers of a launch that are settled on the device: counts are brought together, one thread runs the programs, and what comes out is
 * put into the uniform words of the launch that follows.
 */
import type { OpenNumber } from '../launch.ts'
import type { CountOp } from '../open-numbers.ts'
import type { Placement } from '../placement.ts'
import type { Plan } from '../plan.ts'
import type { WebgpuMemory } from './webgpu-memory.ts'

const CODES: Readonly<Record<CountOp['op'], number>> = { number: 1, count: 2, add: 3, mul: 4, max: 5, min: 6, floordiv: 7 }
/** Ends a program: as a whole number, or as a float. */
const [STORE, STORE_FLOAT] = [8, 9] as const
const PROGRAM_WORDS = 1024

const MODULE = `
@group(0) @binding(0) var<uniform> program: array<vec4<u32>, ${PROGRAM_WORDS / 4}>;
@group(0) @binding(1) var<storage, read_write> numbers: array<u32>;

@compute @workgroup_size(1)
fn settle() {
  var stack = array<u32, 16>();
  var top = 0u;
  for (var at = 0u; at < ${PROGRAM_WORDS / 2}u; at++) {
    let pair = program[at / 2u];
    let code = select(pair.x, pair.z, (at & 1u) == 1u);
    let operand = select(pair.y, pair.w, (at & 1u) == 1u);
    if (code == 0u) { break; }
    if (code <= 2u) {
      var pushed = operand;
      if (code == 2u) { pushed = u32(max(bitcast<i32>(numbers[operand]), 0i)); }
      stack[top] = pushed;
      top++;
      continue;
    }
    top--;
    let right = stack[top];
    if (code == ${STORE}u) { numbers[operand] = right; continue; }
    if (code == ${STORE_FLOAT}u) { numbers[operand] = bitcast<u32>(f32(right)); continue; }
    let left = stack[top - 1u];
    var result = left + right;
    if (code == 4u) { result = left * right; }
    if (code == 5u) { result = max(left, right); }
    if (code == 6u) { result = min(left, right); }
    if (code == 7u) { result = left / right; }
    stack[top - 1u] = result;
  }
}
`

/** A number that is open, and the word of the uniform block that it belongs to. */
export interface OpenWord {
  readonly number: OpenNumber
  readonly word: number
}

/** Whether the device has room for them. */
export const canSettle = (open: readonly OpenNumber[]): boolean =>
  open.reduce((pairs, { program }) => pairs + program.ops.length + 1, 0) < PROGRAM_WORDS / 2

/** Before the launch is put into the list. `space` gives a block of so many bytes for the time of the call. */
export function settleNumbers(
  memory: WebgpuMemory,
  { plan, placement }: { readonly plan: Plan; readonly placement: Placement },
  open: readonly OpenWord[],
  space: (bytes: number) => number,
): void {
  if (open.length === 0) return
  const axes = [
    ...new Set(open.flatMap(({ number }) => number.program.ops.flatMap((step) => (step.op === 'count' ? [step.axis] : [])))),
  ]
  const block = space(4 * (axes.length + open.length))
  for (const [i, axis] of axes.entries()) {
    const buffer = plan.counted.get(axis) ?? -1
    memory.copy(placement.block[buffer] ?? 0, placement.byte[buffer] ?? 0, block, 4 * i, 4)
  }
  const uniform = new Uint32Array(PROGRAM_WORDS)
  let at = 0
  const add = (code: number, operand: number): void => {
    uniform.set([code, operand], 2 * at++)
  }
  for (const [i, { number }] of open.entries()) {
    for (const step of number.program.ops)
      add(CODES[step.op], step.op === 'number' ? step.value : step.op === 'count' ? axes.indexOf(step.axis) : 0)
    add(number.as === 'f32' ? STORE_FLOAT : STORE, axes.length + i)
  }
  memory.commands.add({
    kind: 'dispatch',
    pipeline: { module: MODULE, entryPoint: 'settle', constants: {}, storage: ['readwrite'] },
    uniform,
    storage: [memory.region(block, 0, 4 * (axes.length + open.length)).region],
    groups: [1, 1],
  })
  const { buffer, byte } = memory.locate(block)
  for (const [i, { word }] of open.entries())
    memory.commands.add({ kind: 'word', from: buffer, fromByte: byte + 4 * (axes.length + i), word })
}
