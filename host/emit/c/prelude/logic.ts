/** Comparisons, truth, bits, choices and real functions in C, each as `abi/scalar-ops.ts` has it. */

const comparison = (name: string, operator: string): string => `
static es_number es_${name}(es_number a, es_number b) {
  ES_VALUES(a, b);
  if (es_join(a, b) == ES_REAL) return es_bool(es_double(a) ${operator} es_double(b));
  const int order = es_order(a, b);
  return order == 2 ? es_undefined(ES_TOO_LARGE) : es_bool(order ${operator} 0);
}
`

const realFunction = (name: string): string => `
static es_number es_${name}(es_number a) {
  ES_VALUE(a);
  return es_real(${name}(es_double(a)));
}
`

const onBits = (name: string, operator: string): string => `
static es_number es_${name}(es_number a, es_number b) {
  ES_VALUES(a, b);
  if (a.kind == ES_INT && b.kind == ES_INT) return es_whole(a.n ${operator} b.n);
  if (a.kind == ES_REAL || b.kind == ES_REAL) return es_bool((es_holds(a) ${operator} es_holds(b)) != 0);
  return es_bool((a.n ${operator} b.n) != 0);
}
`

export const logic = [
  comparison('eq', '=='),
  comparison('ne', '!='),
  comparison('lt', '<'),
  comparison('le', '<='),
  comparison('gt', '>'),
  comparison('ge', '>='),
  onBits('and', '&'),
  onBits('or', '|'),
  onBits('xor', '^'),
  ...['sqrt', 'exp', 'log', 'sin', 'cos', 'tanh'].map(realFunction),
  /* c */ `
static es_number es_not(es_number a) {
  ES_VALUE(a);
  return es_bool(es_double(a) == 0);
}

static es_number es_isnan(es_number a) {
  ES_VALUE(a);
  return es_bool(a.kind == ES_REAL && a.x != a.x);
}

static es_number es_shl(es_number a, es_number b) {
  ES_VALUES(a, b);
  if (es_join(a, b) == ES_REAL) return es_undefined("is not a whole number");
  es_int shifted;
  const bool over = __builtin_mul_overflow(a.n, (es_int)1 << (int)(b.n & 31), &shifted);
  return over ? es_undefined(ES_TOO_LARGE) : es_whole(shifted);
}

static es_number es_shr(es_number a, es_number b) {
  ES_VALUES(a, b);
  return es_join(a, b) == ES_REAL ? es_undefined("is not a whole number") : es_whole(a.n >> (int)(b.n & 31));
}

static es_number es_popcount(es_number a) {
  ES_VALUE(a);
  if (a.kind == ES_REAL) return es_undefined("is not a whole number");
  if (a.n < 0) return es_undefined("is a number of bits of a negative number");
  int count = 0;
  for (es_int rest = a.n; rest != 0; rest >>= 1) count += (int)(rest & 1);
  return es_whole(count);
}

// One of the two; what the other would be does not matter, but a real one makes the result real.
static es_number es_select(es_number condition, es_number yes, es_number no) {
  ES_VALUE(condition);
  const es_number taken = es_holds(condition) ? yes : no, other = es_holds(condition) ? no : yes;
  if (taken.reason != nullptr || other.reason != nullptr || taken.kind == ES_BOOL) return taken;
  const es_kind kind = es_join(taken, other);
  return kind == ES_REAL ? es_real(es_double(taken)) : es_of_kind(taken, kind);
}
`,
].join('')
