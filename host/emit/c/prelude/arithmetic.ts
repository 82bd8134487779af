/** The operations on numbers in C, each as `abi/scalar-ops.ts` has it: exact on exact operands, else on doubles. */
export const arithmetic = /* c */ `
// n1/d1 + sign * n2/d2, when no term is beyond 128 bits.
static es_number es_sum(es_number a, es_number b, int sign) {
  es_int left, right, n, d;
  if (a.d == 1 && b.d == 1) {
    const bool over = sign > 0 ? __builtin_add_overflow(a.n, b.n, &n) : __builtin_sub_overflow(a.n, b.n, &n);
    return over ? es_undefined(ES_TOO_LARGE) : es_fraction(n, 1, es_join(a, b));
  }
  if (__builtin_mul_overflow(a.n, b.d, &left) || __builtin_mul_overflow(b.n, a.d, &right)) return es_undefined(ES_TOO_LARGE);
  if (sign > 0 ? __builtin_add_overflow(left, right, &n) : __builtin_sub_overflow(left, right, &n)) return es_undefined(ES_TOO_LARGE);
  return __builtin_mul_overflow(a.d, b.d, &d) ? es_undefined(ES_TOO_LARGE) : es_fraction(n, d, es_join(a, b));
}

static es_number es_add(es_number a, es_number b) {
  ES_VALUES(a, b);
  return es_join(a, b) == ES_REAL ? es_real(es_double(a) + es_double(b)) : es_sum(a, b, 1);
}

static es_number es_sub(es_number a, es_number b) {
  ES_VALUES(a, b);
  return es_join(a, b) == ES_REAL ? es_real(es_double(a) - es_double(b)) : es_sum(a, b, -1);
}

static es_number es_product(es_number a, es_number b, es_kind kind) {
  es_int n, d;
  if (__builtin_mul_overflow(a.n, b.n, &n) || __builtin_mul_overflow(a.d, b.d, &d)) return es_undefined(ES_TOO_LARGE);
  return es_fraction(n, d, kind);
}

static es_number es_mul(es_number a, es_number b) {
  ES_VALUES(a, b);
  return es_join(a, b) == ES_REAL ? es_real(es_double(a) * es_double(b)) : es_product(a, b, es_join(a, b));
}

static es_number es_quotient(es_number a, es_number b) {
  es_int n, d;
  if (__builtin_mul_overflow(a.n, b.d, &n) || __builtin_mul_overflow(a.d, b.n, &d)) return es_undefined(ES_TOO_LARGE);
  return es_fraction(n, d, ES_RATIO);
}

static es_number es_div(es_number a, es_number b) {
  ES_VALUES(a, b);
  return es_join(a, b) == ES_REAL ? es_real(es_double(a) / es_double(b)) : es_quotient(a, b);
}

static es_number es_floordiv(es_number a, es_number b) {
  ES_VALUES(a, b);
  if (es_join(a, b) == ES_REAL) return es_whole_of(floor(es_double(a) / es_double(b)));
  const es_number quotient = es_quotient(a, b);
  ES_VALUE(quotient);
  return es_floor_of(quotient);
}

static es_number es_rem(es_number a, es_number b) {
  ES_VALUES(a, b);
  if (es_join(a, b) == ES_REAL) return es_real(fmod(es_double(a), es_double(b)));
  const es_number quotient = es_quotient(a, b);
  ES_VALUE(quotient);
  return es_sub(a, es_mul(b, es_whole(quotient.n / quotient.d)));
}

// -1, 0 or 1 of exact numbers; 2 when that takes more than 128 bits.
static int es_order(es_number a, es_number b) {
  es_int left, right;
  if (__builtin_mul_overflow(a.n, b.d, &left) || __builtin_mul_overflow(b.n, a.d, &right)) return 2;
  return left < right ? -1 : left > right;
}

static es_number es_of_kind(es_number a, es_kind kind) {
  a.kind = kind;
  return a;
}

static es_number es_min(es_number a, es_number b) {
  ES_VALUES(a, b);
  if (es_join(a, b) == ES_REAL) {
    const double x = es_double(a), y = es_double(b);
    return es_real(x != x || y != y ? NAN : x < y || (x == y && signbit(x)) ? x : y);
  }
  const int order = es_order(b, a);
  return order == 2 ? es_undefined(ES_TOO_LARGE) : es_of_kind(order < 0 ? b : a, es_join(a, b));
}

static es_number es_max(es_number a, es_number b) {
  ES_VALUES(a, b);
  if (es_join(a, b) == ES_REAL) {
    const double x = es_double(a), y = es_double(b);
    return es_real(x != x || y != y ? NAN : x > y || (x == y && !signbit(x)) ? x : y);
  }
  const int order = es_order(b, a);
  return order == 2 ? es_undefined(ES_TOO_LARGE) : es_of_kind(order > 0 ? b : a, es_join(a, b));
}

static es_number es_neg(es_number a) {
  ES_VALUE(a);
  return a.kind == ES_REAL ? es_real(-a.x) : es_fraction(-a.n, a.d, es_join(a, a));
}

static es_number es_abs(es_number a) {
  ES_VALUE(a);
  return a.kind == ES_REAL ? es_real(fabs(a.x)) : es_fraction(a.n < 0 ? -a.n : a.n, a.d, es_join(a, a));
}

static es_number es_sign(es_number a) {
  ES_VALUE(a);
  if (a.kind == ES_REAL) return es_real(a.x > 0 ? 1 : a.x < 0 ? -1 : a.x);
  return es_of_kind(es_whole((a.n > 0) - (a.n < 0)), es_join(a, a));
}

static es_number es_power_of_one(es_int base, bool odd) {
  return es_whole(base == -1 && !odd ? 1 : base);
}

static es_number es_pow(es_number a, es_number b) {
  ES_VALUES(a, b);
  if (a.kind == ES_REAL || b.kind != ES_INT) {
    const double x = es_double(a), y = es_double(b);
    // C takes 1 to any power for 1.
    return es_real(y != y || (fabs(x) == 1 && y - y != 0) ? NAN : pow(x, y));
  }
  es_int count = b.n < 0 ? -b.n : b.n;
  const es_kind kind = es_join(a, a);
  es_number power = es_of_kind(es_whole(1), kind), square = a;
  if (a.d == 1 && a.n >= -1 && a.n <= 1 && count > 0) power = es_of_kind(es_power_of_one(a.n, (count & 1) != 0), kind);
  else
    for (; count > 0; count >>= 1) {
      if ((count & 1) != 0) power = es_mul(power, square);
      ES_VALUE(power);
      if (count > 1) square = es_mul(square, square);
      ES_VALUE(square);
    }
  return b.n < 0 ? es_fraction(power.d, power.n, kind) : power;
}

static es_number es_floor(es_number a) {
  ES_VALUE(a);
  return a.kind == ES_REAL ? es_whole_of(floor(a.x)) : es_floor_of(a);
}

static es_number es_ceil_of(es_number a) {
  const es_int quotient = a.n / a.d;
  return es_whole(quotient * a.d < a.n ? quotient + 1 : quotient);
}

static es_number es_ceil(es_number a) {
  ES_VALUE(a);
  return a.kind == ES_REAL ? es_whole_of(ceil(a.x)) : es_ceil_of(a);
}

static es_number es_trunc(es_number a) {
  ES_VALUE(a);
  return a.kind == ES_REAL ? es_whole_of(trunc(a.x)) : es_whole(a.n / a.d);
}

// To the nearest whole number; a half goes up, or to the even neighbour.
static es_number es_nearest(es_number a, bool even) {
  const es_number up = es_add(es_of_kind(a, ES_RATIO), es_ratio(1, 2));
  ES_VALUE(up);
  const es_number whole = es_floor_of(up);
  return even && a.d == 2 && whole.n % 2 != 0 ? es_whole(whole.n - 1) : whole;
}

static es_number es_round(es_number a) {
  ES_VALUE(a);
  return a.kind == ES_REAL ? es_whole_of(rint(a.x)) : es_nearest(a, true);
}

static es_number es_convert_int(es_number a) {
  return es_trunc(a);
}

static es_number es_convert_real(es_number a) {
  ES_VALUE(a);
  return es_real(es_double(a));
}

static es_number es_steps(es_number a) {
  ES_VALUE(a);
  if (a.kind == ES_REAL) return es_whole_of(trunc(a.x));
  if (a.n > (es_int)ES_MOST_STEPS * a.d) return es_undefined("is more steps than a loop takes");
  return a.n < 0 ? es_whole(0) : es_fraction(a.n, a.d, ES_INT);
}
`
