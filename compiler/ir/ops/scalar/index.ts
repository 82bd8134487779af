/** The elementwise ops, shared by all three levels. */
import { add } from './add.ts'
import { sub } from './sub.ts'
import { mul } from './mul.ts'
import { div } from './div.ts'
import { floordiv } from './floordiv.ts'
import { rem } from './rem.ts'
import { pow } from './pow.ts'
import { min } from './min.ts'
import { max } from './max.ts'
import { neg } from './neg.ts'
import { abs } from './abs.ts'
import { sign } from './sign.ts'
import { sqrt } from './sqrt.ts'
import { exp } from './exp.ts'
import { log } from './log.ts'
import { sin } from './sin.ts'
import { cos } from './cos.ts'
import { tanh } from './tanh.ts'
import { floor } from './floor.ts'
import { ceil } from './ceil.ts'
import { round } from './round.ts'
import { trunc } from './trunc.ts'
import { eq } from './eq.ts'
import { ne } from './ne.ts'
import { lt } from './lt.ts'
import { le } from './le.ts'
import { gt } from './gt.ts'
import { ge } from './ge.ts'
import { and } from './and.ts'
import { or } from './or.ts'
import { xor } from './xor.ts'
import { not } from './not.ts'
import { shl } from './shl.ts'
import { shr } from './shr.ts'
import { popcount } from './popcount.ts'
import { select } from './select.ts'
import { isnan } from './isnan.ts'
import { convert } from './convert.ts'

export const scalarOps = {
  add,
  sub,
  mul,
  div,
  floordiv,
  rem,
  pow,
  min,
  max,
  neg,
  abs,
  sign,
  sqrt,
  exp,
  log,
  sin,
  cos,
  tanh,
  floor,
  ceil,
  round,
  trunc,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  and,
  or,
  xor,
  not,
  shl,
  shr,
  popcount,
  select,
  isnan,
  convert,
} as const
