/** Kernels of grids, as passes give them: what golden texts and the tests on a device share. */

/** Threads: an elementwise kernel with packed elements and a scalar. */
const threshold = `kernel threshold_0(%0 scores: read f16[], %1 keep: readwrite bool[], %2 rows: i32, %3 columns: i32, %4 limit: f32) {
  points(%2, %3) {team = false} { (%5 row: i32, %6 column: i32)
    %7 = mul(%5, %3) : i32
    %8 = add(%7, %6) : i32
    %9 = load(%0, %8) {lanes = 1} : f32
    %10 = abs(%9) : f32
    %11 = gt(%10, %4) : machine bool
    store(%1, %8, %11)
  }
}`

/** A team for each row: a reduction, scratch, and stores of parts of words. */
const rowMax = `kernel row_max_0(%0 x: read f16[], %1 largest: readwrite bool[], %2 copy: scratch f32[], %3 n: i32, %4 m: i32, %5 lowest: f32) {
  points(%3) {team = true} { (%6 row: i32)
    %7 = mul(%6, %4) : i32
    %8 = constant() {value = 0, dtype = "i32", lanes = 1} : i32
    %9 = lanes(%8, %4, %5) {combine = ["max"]} : f32 { (%10 i: i32, %11 best: f32)
      %12 = add(%7, %10) : i32
      %13 = load(%0, %12) {lanes = 1} : f32
      store(%2, %10, %13)
      %14 = max(%11, %13) : f32
      yield %14
    }
    barrier()
    lanes(%8, %4) {combine = []} { (%20 j: i32)
      %21 = load(%2, %20) {lanes = 1} : f32
      %22 = eq(%21, %9) : machine bool
      %23 = add(%7, %20) : i32
      store(%1, %23, %22)
    }
  }
}`

/**
 * A team that bisects for the k-th largest number of its row: a while loop around reductions, whose end depends on memory that the
 * kernel writes, so that the validator has to be shown that the loop is uniform.
 */
const kth = `kernel kth_0(%0 x: read u32[], %1 state: readwrite u32[], %2 n: i32, %3 m: i32, %4 k: i32) {
  points(%2) {team = true} { (%5 row: i32)
    %6 = mul(%5, %3) : i32
    %7 = constant() {value = 0, dtype = "i32", lanes = 1} : i32
    %8 = constant() {value = 1, dtype = "u32", lanes = 1} : u32
    %9 = constant() {value = 0, dtype = "u32", lanes = 1} : u32
    %10 = constant() {value = 2147483648, dtype = "u32", lanes = 1} : u32
    once() {types = []} {
      store(%1, %5, %10)
    }
    barrier()
    %11, %12 = while(%9, %9) : u32, u32 { (%13 found: u32, %14 rounds: u32)
      %15 = load(%1, %5) {lanes = 1} : u32
      %16 = ne(%15, %9) : machine bool
      yield %16, %13, %14
    } { (%17 found: u32, %18 rounds: u32)
      %19 = load(%1, %5) {lanes = 1} : u32
      %20 = or(%17, %19) : u32
      %21 = lanes(%7, %3, %7) {combine = ["sum"]} : i32 { (%22 i: i32, %23 above: i32)
        %24 = add(%6, %22) : i32
        %25 = load(%0, %24) {lanes = 1} : u32
        %26 = ge(%25, %20) : machine bool
        %27 = convert(%26) {to = "i32"} : i32
        %28 = add(%23, %27) : i32
        yield %28
      }
      %29 = ge(%21, %4) : machine bool
      %30 = select(%29, %20, %17) : u32
      barrier()
      once() {types = []} {
        %31 = shr(%19, %8) : u32
        store(%1, %5, %31)
      }
      barrier()
      %32 = add(%18, %8) : u32
      yield %30, %32
    }
    barrier()
    once() {types = []} {
      store(%1, %5, %11)
    }
  }
}`

/** Doubles: a prefix sum that is exact to the last bit of each sum. */
const prefixSum = `kernel prefix_0(%0 x: read f32[], %1 sums: readwrite f32[], %2 n: i32, %3 m: i32, %4 start: f64) {
  points(%2) {team = false} { (%5 row: i32)
    %6 = mul(%5, %3) : i32
    %7 = add(%6, %3) : i32
    %8 = for(%6, %7, %4) {step = 1} : f64 { (%9 i: i32, %10 sum: f64)
      %11 = load(%0, %9) {lanes = 1} : f32
      %12 = convert(%11) {to = "f64"} : f64
      %13 = add(%10, %12) : f64
      %14 = convert(%13) {to = "f32"} : f32
      store(%1, %9, %14)
      yield %13
    }
  }
}`

export const KERNELS = { threshold, rowMax, kth, prefixSum } as const
