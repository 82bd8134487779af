; run: verify
entry e(%0 x: f32[n] input, %1 k: int param) axes(n, m) {
  %2 = abs(%9) : f32[n] ; error: operand 1 is %9, which is not computed before it
  %3 = abs(%0) : f16[n] ; error: %3 is f16[n] where the type rule gives f32[n]
  %4 = add(%0) : f32[n] ; error: has 1 operands; its operands are (x, y)
  %5 = keep(%0, %1, _, _) {axes = ["n"], ties = "some"} : bool[n] ; error: the attribute ties is not one of first, all
  %6 = reduce(_, _, _) {axes = ["n"], kind = "sum"} : f32[] ; error: operand 1 is missing
  %7 = abs(%0) : f32[m] ; error: the type rule gives f32[n]
  %8 = rename(%0) {from = "n", to = "o"} : f32[o] ; error: %8 has the axis o, which the function does not list
  %0 = abs(%0) : f32[n] ; error: %0 is defined twice
  return y = %2
}
