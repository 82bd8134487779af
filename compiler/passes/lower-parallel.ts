/**
 * sparse -> kernel for targets that run many threads: the points of a region's grid are independent, and each is the work of
 * one thread or of a team, whichever reads memory side by side.
 */
import { lower } from './lower.ts'
import { lowerModule } from './lower/entry-lowering.ts'
import type { ParallelTarget } from './lower/parallel-grid.ts'
import { definePass, type Pass } from './pass.ts'

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
    %5 = literal() {scalar = "int", value = "1023"} : int
    %6 = add(%3, %5) : int
    %7 = literal() {scalar = "int", value = "1024"} : int
    %8 = floordiv(%6, %7) : int
    %9 = part(%0, %3) {dtype = "f32", part = "values"} : read f32[]
    launch(%4, %8, %3, %9, %8, %7) {as = ["readwrite", "i32", "i32", "read", "points", "width"], kernel = "total_0", team = true}
    %10 = assemble(_, %4) {names = ["values"], type = {"axes": ["row"], "dtype": "f32", "kind": "tensor"}} : f32[row]
    return total = %10
  }
  kernel total_0 (%0 o2: readwrite f32[] argument, %1 s8: i32, %5 s3: i32, %9 t0: read f32[] argument) {
    %3 = constant() {dtype = "i32", lanes = 1, value = 1024} : i32
    %10 = constant() {dtype = "i32", lanes = 1, value = 1} : i32
    %11 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    points(%1) {team = true} { (%2 i: i32)
      %4 = mul(%2, %3) : i32
      %6 = add(%4, %3) : i32
      %7 = min(%6, %5) : i32
      lanes(%4, %7) {combine = []} { (%8 i: i32)
        %12 = load(%9, %8) {lanes = 1} : f32
        %13 = abs(%12) : f32
        store(%0, %8, %13)
      }
    }
  }
}`,
  },
  run: (module, ctx) => lowerModule(module, ctx, { teamOps: 'none', largestTeam: 256, columnBytes: 0 }),
})

export const lowerParallelFor = (target: ParallelTarget): Pass => ({
  ...lowerParallel,
  run: (module, ctx) => lowerModule(module, ctx, target),
})
