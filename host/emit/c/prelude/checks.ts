/** What the functions of a policy refuse, and the text that says why, in C. */
export const checks = /* c */ `
static thread_local char es_message[400];

static thread_local const char *es_function = "";

#define ES_TRY(call) do { const int es_code = (call); if (es_code != ESPALIER_OK) return es_code; } while (0)

static int es_fail(int code, const char *format, ...) {
  const int start = snprintf(es_message, sizeof es_message, "%s: ", es_function);
  va_list values;
  va_start(values, format);
  if (start >= 0 && start < (int)sizeof es_message) vsnprintf(es_message + start, sizeof es_message - (size_t)start, format, values);
  va_end(values);
  return code;
}

static int es_required(const void *pointer, const char *name) {
  return pointer == nullptr ? es_fail(ESPALIER_NULL_POINTER, "\`%s\` is null", name) : ESPALIER_OK;
}

#define ES_LARGEST 2147483647

// A size, a length or a number of points: an i32 of 0 or more.
static int es_counted_thing(int64_t value, const char *name) {
  if (value < 0) return es_fail(ESPALIER_EXTENT, "%s is %lld: expected 0 or more", name, (long long)value);
  if (value <= ES_LARGEST) return ESPALIER_OK;
  return es_fail(ESPALIER_TOO_LARGE, "%s is %lld: kernels count in 32 bits, at most 2147483647", name, (long long)value);
}

static int es_extent(es_number value, const char *name, int64_t *extent) {
  if (value.reason != nullptr) return es_fail(ESPALIER_NUMBER, "%s %s", name, value.reason);
  const double number = es_double(value);
  if (number != rint(number)) return es_fail(ESPALIER_NUMBER, "%s is %g: expected a whole number", name, number);
  const double bounded = number > 0x1p62 ? 0x1p62 : number < -1 ? -1 : number;
  *extent = (int64_t)bounded;
  return es_counted_thing(*extent, name);
}

static int es_points(es_number value, const char *name, int32_t *points) {
  int64_t extent = 0;
  ES_TRY(es_extent(value, name, &extent));
  *points = (int32_t)extent;
  return ESPALIER_OK;
}

// A hint: -1 when it has no value.
static int64_t es_hint(es_number value) {
  const double number = value.reason == nullptr ? es_double(value) : -1;
  return !(number >= 0) ? -1 : number > ES_LARGEST ? ES_LARGEST : (int64_t)number;
}

static int es_no_argument(es_number value, const char *kernel) {
  return es_fail(ESPALIER_NUMBER, "an argument of %s %s", kernel, value.reason == nullptr ? "is not whole" : value.reason);
}

// Integers saturate at the ends of their type.
static int es_i32(es_number value, const char *kernel, int32_t *argument) {
  if (value.reason != nullptr) return es_no_argument(value, kernel);
  const double whole = value.kind == ES_REAL ? value.x : (double)(value.n / value.d);
  if (whole != rint(whole) || whole - whole != 0) return es_no_argument(value, kernel);
  *argument = whole < -2147483648.0 ? INT32_MIN : whole > 2147483647.0 ? INT32_MAX : (int32_t)whole;
  return ESPALIER_OK;
}

static int es_u32(es_number value, const char *kernel, uint32_t *argument) {
  if (value.reason != nullptr) return es_no_argument(value, kernel);
  const double whole = value.kind == ES_REAL ? value.x : (double)(value.n / value.d);
  if (whole != rint(whole) || whole - whole != 0) return es_no_argument(value, kernel);
  *argument = whole < 0 ? 0 : whole > 4294967295.0 ? UINT32_MAX : (uint32_t)whole;
  return ESPALIER_OK;
}

static int es_f32(es_number value, const char *kernel, float *argument) {
  if (value.reason != nullptr) return es_no_argument(value, kernel);
  *argument = (float)es_double(value);
  return ESPALIER_OK;
}

static int es_f64(es_number value, const char *kernel, double *argument) {
  if (value.reason != nullptr) return es_no_argument(value, kernel);
  *argument = es_double(value);
  return ESPALIER_OK;
}

static int es_ratio_given(espalier_ratio value, const char *name) {
  if (value.den > 0 && value.num >= 0 && value.num <= value.den) return ESPALIER_OK;
  return es_fail(ESPALIER_PARAMETER, "\`%s\` is %lld/%lld: expected 0 to 1", name, (long long)value.num, (long long)value.den);
}

static int es_count_given(int64_t value, const char *name) {
  if (value == ESPALIER_UNSET) return es_fail(ESPALIER_PARAMETER, "\`%s\` is not set", name);
  return value >= 0 ? ESPALIER_OK : es_fail(ESPALIER_PARAMETER, "\`%s\` is %lld: expected 0 or more", name, (long long)value);
}

static int es_int_given(int64_t value, const char *name) {
  return value == ESPALIER_UNSET ? es_fail(ESPALIER_PARAMETER, "\`%s\` is not set", name) : ESPALIER_OK;
}

static int es_real_given(double value, const char *name) {
  return value == value ? ESPALIER_OK : es_fail(ESPALIER_PARAMETER, "\`%s\` is not set, or is not a number", name);
}

static int es_bool_given(int32_t value, const char *name) {
  return value == 0 || value == 1 ? ESPALIER_OK : es_fail(ESPALIER_PARAMETER, "\`%s\` is %d: expected 0 or 1", name, (int)value);
}

static int es_position_given(int64_t value, int64_t extent, const char *name) {
  if (value >= 0 && value < extent) return ESPALIER_OK;
  return es_fail(ESPALIER_PARAMETER, "\`%s\` is %lld: expected 0 to %lld", name, (long long)value, (long long)extent - 1);
}

static int es_same(int64_t first, int64_t second, const char *what, const char *other) {
  if (first == second) return ESPALIER_OK;
  return es_fail(ESPALIER_EXTENT, "%s is %lld, and %s %lld: expected the same", what, (long long)first, other, (long long)second);
}

// Memory that a kernel uses: none is needed for no elements.
static int es_memory(const void *pointer, int64_t length, int bytes, const char *name) {
  if (pointer == nullptr) return length == 0 ? ESPALIER_OK : es_fail(ESPALIER_NULL_POINTER, "\`%s\` is null", name);
  if ((uintptr_t)pointer % (uintptr_t)bytes == 0) return ESPALIER_OK;
  return es_fail(ESPALIER_MISALIGNED, "\`%s\` is not at a multiple of %d bytes", name, bytes);
}

#define ES_ALIGNMENT 256

static size_t es_aligned(size_t bytes) {
  return (bytes + ES_ALIGNMENT - 1) / ES_ALIGNMENT * ES_ALIGNMENT;
}

static int es_workspace(const void *workspace, size_t given, size_t needed) {
  if (given < needed) return es_fail(ESPALIER_WORKSPACE, "the workspace has %zu bytes: expected %zu", given, needed);
  if (needed > 0 && workspace == nullptr) return es_fail(ESPALIER_NULL_POINTER, "\`workspace\` is null");
  if (needed == 0 || (uintptr_t)workspace % 16 == 0) return ESPALIER_OK;
  return es_fail(ESPALIER_MISALIGNED, "\`workspace\` is not at a multiple of 16 bytes");
}
`
