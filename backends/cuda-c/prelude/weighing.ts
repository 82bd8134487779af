/** Softmax of the scores of a tile, by a warp: a lane has every 32nd of them, which are all of one head. */
export const weighing = /* cuda */ `
// Of the lane's head: the largest score, the sum of weights, what sums from before are scaled by; and whether that is not 1 in any lane.
struct Weighed {
  float peak, total, scale;
  bool changed;
};

// Of all lanes of a head, which are those whose numbers are the same modulo HEADS.
template <class Op, int HEADS>
__device__ __forceinline__ float of_all_rows(float x) {
#pragma unroll
  for (int mask = HEADS; mask < 32; mask *= 2) x = Op::of(x, __shfl_xor_sync(0xffffffffu, x, mask, 32));
  return x;
}

// A weight as tensor cores take it, before it is taken apart.
template <class F>
__device__ __forceinline__ float scaled_weight(float x) { return x == 0.0f ? 0.0f : max_f32(x * F::SCALE, F::LEAST); }

// Two weights, and what the nearest numbers of 16 bits lack.
template <class F>
__device__ __forceinline__ uint2 encode_weights(float low, float high) {
  low = scaled_weight<F>(low);
  high = scaled_weight<F>(high);
  const u32 first = F::encode_two(low, high);
  return uint2{first, F::encode_two((low - F::decode(u16(first))) * F::REST, (high - F::decode(u16(first >> 16))) * F::REST)};
}

// Stores weights for \`take_weights\`: of 16 rows, rows g and g + 8 side by side, for each head the nearest numbers and then what they lack.
// A lane has rows lane / HEADS + k * 32 / HEADS of 32.
template <class F, int HEADS>
__device__ __forceinline__ void pack_weights(u32 *weights, int from, const float (&own)[HEADS]) {
  const int lane = threadIdx.x % 32;
  if constexpr (HEADS == 4) {
#pragma unroll
    for (int k = 0; k < 4; k += 2) {
      const uint2 both = encode_weights<F>(own[k], own[k + 1]);
      store_vector(weights + from * 4 + k * 32 + lane * 2, Vec<u32, 2>{both.x, both.y});
    }
  } else {
    static_assert(HEADS == 1, "teams have one head or four");
    // The row 8 further is another lane's, which has the second number of both.
    const float other = __shfl_xor_sync(0xffffffffu, own[0], 8, 32);
    const bool isHigh = lane & 8;
    const uint2 both = encode_weights<F>(isHigh ? other : own[0], isHigh ? own[0] : other);
    weights[from + lane / 16 * 16 + lane % 8 * 2 + (isHigh ? 1 : 0)] = isHigh ? both.y : both.x;
  }
}

// Packs the weights of at most 64 rows. Beside an infinite score others have a shift of 0, and must not be infinite because of it; sums
// that were made without a finite score have that shift and keep it, and rising to infinity must not give inf * 0.
template <class F, int HEADS, class S>
__device__ __forceinline__ Weighed weigh_scores(u32 *weights, int size, float peak, float total, S score) {
  constexpr int ROWS = 32 / HEADS;
  const float LEAST = __uint_as_float(0xff800000u), MOST = __uint_as_float(0x7f800000u);
  const int lane = threadIdx.x % 32, head = lane % HEADS, first = lane / HEADS;
  float own[2][HEADS], most = peak;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    if (h * 32 < size) {
#pragma unroll
      for (int k = 0; k < HEADS; ++k) {
        const int row = h * 32 + k * ROWS + first;
        const float x = score(min(row, size - 1), head);
        own[h][k] = row < size ? x : LEAST;
        most = max_f32(most, own[h][k]);
      }
    }
  }
  most = of_all_rows<Max, HEADS>(most);
  const float shift = most - most == 0.0f ? most : 0.0f;
  const float scale = peak == most || peak - peak != 0.0f ? 1.0f : expf(min_f32(peak - shift, 0.0f));
  float sum = 0.0f;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    if (h * 32 < size) {
#pragma unroll
      for (int k = 0; k < HEADS; ++k) {
        const float x = own[h][k];
        own[h][k] = x == MOST ? MOST : expf(min_f32(x - shift, 0.0f));
        sum += own[h][k];
      }
      pack_weights<F, HEADS>(weights, h * 32, own[h]);
    }
  }
  return Weighed{most, total * scale + of_all_rows<Sum, HEADS>(sum), scale, __any_sync(0xffffffffu, scale != 1.0f) != 0};
}
`
