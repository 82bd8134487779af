/**
 * sparse -> kernel: every region becomes a kernel function, and the entry becomes the host's plan: scalars, buffers and
 * launches in order.
 */
import { lowerModule } from './lower/entry-lowering.ts'
import { definePass } from './pass.ts'

export const lower = definePass({
  name: 'lower',
  summary: 'turns regions into kernels of loops and memory, and entries into host plans',
  from: 'sparse',
  to: 'kernel',
  example: {
    before: `module scaled sparse {
  entry total (%0 X: f32[row] input) axes(row) {
    %1 = region(%0) {grid = ["row"], types = [{"kind": "tensor", "dtype": "f32", "axes": ["row"]}]} : f32[row] {
      %2 = abs(%0) : f32[row]
      yield %2
    }
    return total = %1
  }
}`,
    after: `module scaled kernel {
  entry total (%0 X: f32[row] input) axes(row) {
    %3 = size() {axis = "row"} : int
    %4 = buffer(%3) {dtype = "f32", role = "output"} : readwrite f32[]
    %5 = part(%0, %3) {dtype = "f32", part = "values"} : read f32[]
    launch(%4, %3, %5) {as = ["buffer", "i32", "buffer"], kernel = "total_0"}
    %6 = assemble(_, %4) {names = ["values"], type = {"axes": ["row"], "dtype": "f32", "kind": "tensor"}} : f32[row]
    return total = %6
  }
  kernel total_0 (%0 o2: readwrite f32[] argument, %2 s3: i32, %4 t0: read f32[] argument) {
    %1 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    %5 = constant() {dtype = "i32", lanes = 1, value = 1} : i32
    lanes(%1, %2) {combine = []} { (%3 i: i32)
      %6 = load(%4, %3) {lanes = 1} : f32
      %7 = abs(%6) : f32
      store(%0, %3, %7)
    }
  }
}`,
  },
  run: (module, ctx) => lowerModule(module, ctx, null),
})
