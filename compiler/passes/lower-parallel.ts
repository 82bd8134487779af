/**
 * sparse -> kernel for targets that run many threads: the points of a region's grid are independent, and each is the work of
 * one thread or of a team, whichever reads memory side by side.
 */
import { lower } from './lower.ts'
import { lowerModule } from './lower/entry-lowering.ts'
import { definePass } from './pass.ts'

export const lowerParallel = definePass({
  name: 'lower-parallel',
  summary: 'turns regions into kernels over independent points for many threads, and entries into host plans',
  from: 'sparse',
  to: 'kernel',
  example: {
    before: lower.example.before,
    after: `module scaled kernel {
  entry total (%0 X: f32[row] input) axes(row) {
    %3 = size() {axis = "row"} : int
    %4 = buffer(%3) {dtype = "f32", role = "output"} : readwrite f32[]
    %5 = part(%0, %3) {dtype = "f32", part = "values"} : read f32[]
    launch(%4, %3, %5, %3) {as = ["readwrite", "i32", "read", "points"], kernel = "total_0", team = false}
    %6 = assemble(_, %4) {names = ["values"], type = {"axes": ["row"], "dtype": "f32", "kind": "tensor"}} : f32[row]
    return total = %6
  }
  kernel total_0 (%0 o2: readwrite f32[] argument, %1 s3: i32, %3 t0: read f32[] argument) {
    %4 = constant() {dtype = "i32", lanes = 1, value = 1} : i32
    %5 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    points(%1) {team = false} { (%2 i: i32)
      %6 = load(%3, %2) {lanes = 1} : f32
      %7 = abs(%6) : f32
      store(%0, %2, %7)
    }
  }
}`,
  },
  run: (module, ctx) => lowerModule(module, ctx, true),
})
