/*
 * The peer of the compiled policy: the same algorithm by hand. Per row: sortable keys and their extremes in one vectorised
 * pass, then bisection between the extremes by counting the keys above a probe, which ends as soon as exactly k are;
 * then one pass that writes the kept values and zeros. Ties at the cut go to the first; NaN ranks below every number.
 *
 *   peer IN OUT ROWS COLUMNS K RUNS      raw little-endian f32 files; prints the milliseconds of every run
 */
#define _POSIX_C_SOURCE 200112L
#include <limits.h>
#include <smmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline __m128i keys4(const float *x) {
  __m128 magnitude = _mm_and_ps(_mm_loadu_ps(x), _mm_castsi128_ps(_mm_set1_epi32(0x7fffffff)));
  __m128 number = _mm_cmpord_ps(magnitude, magnitude);
  return _mm_blendv_epi8(_mm_set1_epi32(-0x7fffffff), _mm_castps_si128(magnitude), _mm_castps_si128(number));
}

static inline int32_t key1(float x) {
  int32_t bits;
  memcpy(&bits, &x, 4);
  bits &= 0x7fffffff;
  return bits > 0x7f800000 ? -0x7fffffff : bits;
}

static inline int32_t sum4(__m128i v) {
  v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4e));
  v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0xb1));
  return _mm_cvtsi128_si32(v);
}

static inline int32_t min4(__m128i v) {
  v = _mm_min_epi32(v, _mm_shuffle_epi32(v, 0x4e));
  v = _mm_min_epi32(v, _mm_shuffle_epi32(v, 0xb1));
  return _mm_cvtsi128_si32(v);
}

static inline int32_t max4(__m128i v) {
  v = _mm_max_epi32(v, _mm_shuffle_epi32(v, 0x4e));
  v = _mm_max_epi32(v, _mm_shuffle_epi32(v, 0xb1));
  return _mm_cvtsi128_si32(v);
}

static int32_t count_above(const int32_t *key, int n, int32_t probe) {
  const __m128i at = _mm_set1_epi32(probe);
  __m128i c0 = _mm_setzero_si128(), c1 = c0, c2 = c0, c3 = c0;
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    c0 = _mm_sub_epi32(c0, _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)(key + i)), at));
    c1 = _mm_sub_epi32(c1, _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)(key + i + 4)), at));
    c2 = _mm_sub_epi32(c2, _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)(key + i + 8)), at));
    c3 = _mm_sub_epi32(c3, _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)(key + i + 12)), at));
  }
  for (; i + 4 <= n; i += 4) c0 = _mm_sub_epi32(c0, _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)(key + i)), at));
  int32_t count = sum4(_mm_add_epi32(_mm_add_epi32(c0, c1), _mm_add_epi32(c2, c3)));
  for (; i < n; i++) count += key[i] > probe;
  return count;
}

static void prune_row(const float *x, float *y, int32_t *key, int n, int k) {
  __m128i least0 = _mm_set1_epi32(INT_MAX), least1 = least0, most0 = _mm_set1_epi32(INT_MIN), most1 = most0;
  int i = 0;
  for (; i + 8 <= n; i += 8) {
    __m128i a = keys4(x + i), b = keys4(x + i + 4);
    _mm_storeu_si128((__m128i *)(key + i), a);
    _mm_storeu_si128((__m128i *)(key + i + 4), b);
    least0 = _mm_min_epi32(least0, a), least1 = _mm_min_epi32(least1, b);
    most0 = _mm_max_epi32(most0, a), most1 = _mm_max_epi32(most1, b);
  }
  int32_t low = min4(_mm_min_epi32(least0, least1)), high = max4(_mm_max_epi32(most0, most1));
  for (; i < n; i++) {
    key[i] = key1(x[i]);
    if (key[i] < low) low = key[i];
    if (key[i] > high) high = key[i];
  }
  /* The k-th largest key lies in [low, high]; `reached` keys are at or above `low`. */
  int32_t reached = n;
  while (low < high) {
    int32_t probe = low + (int32_t)((uint32_t)(high - low) >> 1);
    int32_t count = count_above(key, n, probe);
    if (count >= k) {
      low = probe + 1;
      reached = count;
      if (count == k) break;
    } else {
      high = probe;
    }
  }
  int32_t cut = low;
  if (reached != k) {
    int32_t ties = k - count_above(key, n, cut);
    for (i = 0; i < n; i++) {
      int keep = key[i] > cut || (key[i] == cut && ties-- > 0);
      key[i] = keep ? INT_MAX : INT_MIN;
    }
    cut = INT_MAX;
  }
  const __m128i below = _mm_set1_epi32(cut - 1);
  for (i = 0; i + 4 <= n; i += 4) {
    __m128i kept = _mm_cmpgt_epi32(_mm_loadu_si128((const __m128i *)(key + i)), below);
    _mm_storeu_ps(y + i, _mm_and_ps(_mm_loadu_ps(x + i), _mm_castsi128_ps(kept)));
  }
  for (; i < n; i++) y[i] = key[i] >= cut ? x[i] : 0;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  const long rows = atol(argv[3]);
  const int columns = atoi(argv[4]), k = atoi(argv[5]), runs = atoi(argv[6]);
  const size_t size = (size_t)rows * columns;
  float *x = malloc(size * sizeof *x), *y = malloc(size * sizeof *y);
  int32_t *key = malloc((size_t)columns * sizeof *key);
  FILE *in = fopen(argv[1], "rb"), *out = NULL;
  if (!x || !y || !key || !in || fread(x, sizeof *x, size, in) != size) return 1;
  memset(y, 0, size * sizeof *y);
  for (int run = 0; run <= runs; run++) { /* the first run is not counted */
    const double start = now();
    for (long row = 0; row < rows; row++) prune_row(x + row * columns, y + row * columns, key, columns, k);
    if (run > 0) printf("%.4f\n", now() - start);
  }
  out = fopen(argv[2], "wb");
  if (!out || fwrite(y, sizeof *y, size, out) != size || fclose(out) != 0) return 1;
  return 0;
}
