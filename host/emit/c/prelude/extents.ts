/** Solving the extents of atomic axes from the sizes of declared ones, in C, as `abi/extents.ts` does it. */
export const extents = /* c */ `
// A size that is the product of axes, by number.
typedef struct es_dim {
  const char *name;
  int64_t extent;
  int count;
  int axes[ES_FACTORS];
} es_dim;

static int es_contradiction(const es_dim *dim, int64_t product) {
  const long long size = (long long)dim->extent;
  return es_fail(ESPALIER_EXTENT, "%s is %lld, and its factors make %lld", dim->name, size, (long long)product);
}

// An extent below 0 is not known yet. Done: the size has nothing more to say.
static int es_settle(const es_dim *dim, int64_t *axis, bool *done) {
  int64_t product = 1;
  int unknown = 0, last = 0;
  for (int i = 0; i < dim->count; i++) {
    const int at = dim->axes[i];
    if (axis[at] < 0) {
      unknown++;
      last = at;
    } else if (__builtin_mul_overflow(product, axis[at], &product))
      return es_fail(ESPALIER_TOO_LARGE, "the factors of %s are too large", dim->name);
  }
  *done = unknown == 0 || (unknown == 1 && product != 0);
  if (unknown == 0) return product == dim->extent ? ESPALIER_OK : es_contradiction(dim, product);
  if (product == 0 && dim->extent != 0) return es_contradiction(dim, 0);
  if (!*done) return ESPALIER_OK;
  if (dim->extent % product == 0) axis[last] = dim->extent / product;
  else return es_fail(ESPALIER_EXTENT, "%s is %lld: expected a multiple of %lld", dim->name, (long long)dim->extent, (long long)product);
  return ESPALIER_OK;
}

// A size of 0 says nothing about two axes, one of which is 0: then the other is taken for 1.
static bool es_take_one(const es_dim *dims, int count, const bool *done, int64_t *axis) {
  for (int i = 0; i < count; i++) {
    bool empty = false;
    int unknown = -1;
    for (int j = 0; j < dims[i].count; j++) {
      if (axis[dims[i].axes[j]] == 0) empty = true;
      else if (axis[dims[i].axes[j]] < 0 && unknown < 0) unknown = dims[i].axes[j];
    }
    if (done[i] || dims[i].extent != 0 || !empty || unknown < 0) continue;
    axis[unknown] = 1;
    return true;
  }
  return false;
}

static int es_solve(const es_dim *dims, int count, int64_t *axis) {
  bool done[ES_DIMS] = {false};
  for (bool progress = true; progress;) {
    progress = false;
    for (int i = 0; i < count; i++) {
      if (done[i]) continue;
      ES_TRY(es_settle(&dims[i], axis, &done[i]));
      progress = progress || done[i];
    }
    if (!progress) progress = es_take_one(dims, count, done, axis);
  }
  return ESPALIER_OK;
}

// The extent of an axis that the policy computes; a size may have said it already.
static int es_axis(es_number value, const char *name, int64_t *axis) {
  const int64_t given = *axis;
  ES_TRY(es_extent(value, name, axis));
  return given < 0 ? ESPALIER_OK : es_same(*axis, given, name, "what was given");
}

// What is counted fits in what there is room for.
static int es_within(const int64_t *extents, int count, int64_t length, const char *name) {
  int64_t product = 1;
  for (int i = 0; i < count; i++)
    if (__builtin_mul_overflow(product, extents[i], &product)) product = INT64_MAX;
  if (product <= length) return ESPALIER_OK;
  return es_fail(ESPALIER_EXTENT, "%s would have %lld elements: it has room for %lld", name, (long long)product, (long long)length);
}

static int es_agree(int64_t *first, int64_t *second, const char *names) {
  if (*first < 0) *first = *second;
  if (*second < 0) *second = *first;
  return *first == *second ? ESPALIER_OK : es_fail(ESPALIER_EXTENT, "the axes %s must have the same extent", names);
}
`
