/**
 * Exact numbers in C: rationals of 128 bits, doubles and truth values with the kinds and rules of `abi/scalar-ops.ts`. A number
 * without a value (a division by zero, more than 128 bits) says why, and is an error only where it is used.
 */
export const numbers = /* c */ `
typedef __int128 es_int;

typedef enum es_kind { ES_BOOL, ES_INT, ES_RATIO, ES_REAL } es_kind;

// A number of the policy. Exact ones are n / d in lowest terms with d > 0 (a bool is 0 or 1), real ones are x. A number that has
// no value has a reason.
typedef struct es_number {
  es_kind kind;
  const char *reason;
  es_int n, d;
  double x;
} es_number;

#define ES_TOO_LARGE "does not fit in 128 bits"

// The largest es_int; the one number below its negative is not used.
#define ES_MOST ((((es_int)1 << 126) - 1) * 2 + 1)

#define ES_VALUE(a) do { if ((a).reason != nullptr) return (a); } while (0)

#define ES_VALUES(a, b) do { ES_VALUE(a); ES_VALUE(b); } while (0)

static es_number es_undefined(const char *reason) {
  es_number a = {ES_INT, reason, 0, 1, 0};
  return a;
}

static es_number es_real(double x) {
  es_number a = {ES_REAL, nullptr, 0, 1, x};
  return a;
}

static es_number es_bool(bool holds) {
  es_number a = {ES_BOOL, nullptr, holds, 1, 0};
  return a;
}

static es_number es_whole(es_int n) {
  es_number a = {ES_INT, nullptr, n, 1, 0};
  return a;
}

static es_number es_fraction(es_int n, es_int d, es_kind kind) {
  if (d == 0) return es_undefined("is a division by zero");
  if (n < -ES_MOST || d < -ES_MOST) return es_undefined(ES_TOO_LARGE);
  if (d != 1) {
    es_int a = n < 0 ? -n : n, b = d < 0 ? -d : d;
    while (b != 0) {
      const es_int rest = a % b;
      a = b;
      b = rest;
    }
    if (d < 0) a = -a;
    n /= a;
    d /= a;
  }
  if (kind == ES_INT && d != 1) return es_undefined("is not a whole number");
  es_number r = {kind, nullptr, n, d, 0};
  return r;
}

static es_number es_ratio(int64_t n, int64_t d) {
  return es_fraction(n, d, ES_RATIO);
}

// Int, ratio or real: what arithmetic on the two gives.
static es_kind es_join(es_number a, es_number b) {
  if (a.kind == ES_REAL || b.kind == ES_REAL) return ES_REAL;
  return a.kind == ES_RATIO || b.kind == ES_RATIO ? ES_RATIO : ES_INT;
}

// The nearest double, ties to even.
static double es_double(es_number a) {
  if (a.kind == ES_REAL) return a.x;
  const es_int most = (es_int)1 << 53;
  if (a.d == 1) return (double)a.n;
  if (a.n <= most && a.n >= -most && a.d <= most) return (double)a.n / (double)a.d;
  const unsigned __int128 n = (unsigned __int128)(a.n < 0 ? -a.n : a.n), d = (unsigned __int128)a.d;
  unsigned __int128 quotient = n / d, rest = n % d;
  int exponent = 0;
  // 66 bits, of which the last also stands for what is left, round as the exact value does.
  while ((quotient >> 65) == 0) {
    rest <<= 1;
    quotient = (quotient << 1) | (rest >= d);
    if (rest >= d) rest -= d;
    exponent--;
  }
  const double magnitude = ldexp((double)(quotient | (rest != 0)), exponent);
  return a.n < 0 ? -magnitude : magnitude;
}

// A double that has to be a whole number.
static es_number es_whole_of(double x) {
  if (!(x > -0x1p126 && x < 0x1p126)) return es_undefined(x - x == 0 ? ES_TOO_LARGE : "is not a number");
  return x == rint(x) ? es_whole((es_int)x) : es_undefined("is not a whole number");
}

static es_number es_floor_of(es_number a) {
  const es_int quotient = a.n / a.d;
  return es_whole(quotient * a.d > a.n ? quotient - 1 : quotient);
}

static es_number es_from_ratio(espalier_ratio r) {
  return es_ratio(r.num, r.den);
}

static es_number es_size(int64_t extent) {
  return extent < 0 ? es_undefined("depends on an axis that is not counted yet") : es_whole(extent);
}

static bool es_holds(es_number a) {
  return es_double(a) != 0;
}
`
