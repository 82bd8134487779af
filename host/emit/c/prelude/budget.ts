/** The budget of `keep` and `drop` in C, as `abi/budget.ts` has it. */
export const budget = /* c */ `
typedef enum es_rounding { ES_DOWN, ES_UP, ES_NEAREST, ES_EVEN } es_rounding;

typedef enum es_amount { ES_BY_KIND, ES_OF_ALL, ES_COUNT } es_amount;

// A real amount is exactly the double it is; below 2^-118 it rounds as 2^-118 does.
static es_number es_exact_amount(es_number a) {
  if (a.kind != ES_REAL) return a;
  if (a.x - a.x != 0) return es_undefined("is not finite");
  double x = a.x;
  int power = 0;
  for (; x != rint(x) && power < 118; power++) x *= 2;
  if (x != rint(x)) x = x < 0 ? -1 : 1;
  if (!(fabs(x) < 0x1p120)) return es_undefined(ES_TOO_LARGE);
  return es_fraction((es_int)x, (es_int)1 << power, ES_RATIO);
}

static bool es_is_count(es_number a) {
  return a.d == 1 && a.n >= 0;
}

static es_number es_rounded(es_number a, es_rounding rounding) {
  ES_VALUE(a);
  if (rounding == ES_DOWN) return es_floor_of(a);
  return rounding == ES_UP ? es_ceil_of(a) : es_nearest(a, rounding == ES_EVEN);
}

static es_number es_up_to_multiple(es_number a, es_number step) {
  if (step.n == 0) return a;
  const es_number quotient = es_quotient(a, step);
  ES_VALUE(quotient);
  return es_mul(es_ceil_of(quotient), step);
}

// How many of extent are kept.
static es_number es_kept_count(bool keep, es_rounding rounding, es_amount is, es_number amount, es_number extent) {
  ES_VALUES(amount, extent);
  const bool count = is == ES_COUNT || (is == ES_BY_KIND && amount.kind == ES_INT);
  const es_number exact = es_exact_amount(amount), whole = es_exact_amount(extent);
  ES_VALUES(exact, whole);
  if (count && !es_is_count(exact)) return es_undefined("is an amount that is not a whole number of 0 or more");
  if (!count && (exact.n < 0 || exact.n > exact.d)) return es_undefined("is an amount that is not within 0 to 1");
  const es_number named = count ? exact : es_rounded(es_mul(exact, whole), rounding);
  return keep ? named : es_sub(whole, named);
}

// The count, raised to a least one and to a multiple where there is one, and no more than the extent.
static es_number es_budget(es_number kept, es_number extent, const es_number *at_least, const es_number *multiple_of) {
  ES_VALUES(kept, extent);
  if (at_least != nullptr) {
    const es_number least = at_least->reason == nullptr ? es_exact_amount(*at_least) : *at_least;
    ES_VALUE(least);
    if (!es_is_count(least)) return es_undefined("has an \`at least\` that is not a whole number of 0 or more");
    kept = es_max(kept, least);
    ES_VALUE(kept);
  }
  if (multiple_of != nullptr) {
    const es_number step = multiple_of->reason == nullptr ? es_exact_amount(*multiple_of) : *multiple_of;
    ES_VALUE(step);
    if (!es_is_count(step)) return es_undefined("has a \`multiple of\` that is not a whole number of 0 or more");
    kept = es_up_to_multiple(kept, step);
    ES_VALUE(kept);
  }
  kept = es_max(es_whole(0), es_min(kept, es_exact_amount(extent)));
  return kept.reason == nullptr ? es_of_kind(kept, ES_INT) : kept;
}
`
