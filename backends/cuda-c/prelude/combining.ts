/** How the threads of a team combine what they have. Of several sums threads give each other halves, until each has one of them. */
export const combining = /* cuda */ `
template <class Op, class X>
struct FloatSum { static constexpr bool value = false; };
template <>
struct FloatSum<Sum, float> { static constexpr bool value = true; };

// K sums over W neighbouring lanes, both powers of two: one of them in each lane first, then all of them in all.
template <int W, int K>
__device__ __forceinline__ void sums_at_once(u32 lanes, float (&values)[K]) {
  const int lane = threadIdx.x % W;
#pragma unroll
  for (int count = K, distance = W / 2; count > 1; count /= 2, distance /= 2) {
    const bool upper = (lane & distance) != 0;
#pragma unroll
    for (int k = 0; k < count / 2; ++k) {
      const float low = values[k];
      const float high = values[k + count / 2];
      values[k] = (upper ? high : low) + __shfl_xor_sync(lanes, upper ? low : high, distance, W);
    }
  }
  const float sum = shuffle_reduce<W / K, Sum>(lanes, values[0]);
#pragma unroll
  for (int k = 0; k < K; ++k) values[k] = __shfl_sync(lanes, sum, k * (W / K), W);
}

// Combines the values of all threads, and gives the results to all of them.
template <int T, class... Op, class... X>
__device__ __forceinline__ void combine(Team<T> &team, Part<Op, X>... parts) {
  constexpr int W = T < 32 ? T : 32;
  constexpr int K = sizeof...(Op);
  if constexpr (K >= 4 && K <= W && (K & (K - 1)) == 0 && (FloatSum<Op, X>::value && ...)) {
    float values[K] = {parts.value...};
    sums_at_once<W>(team.lanes, values);
    int k = 0;
    ((parts.value = values[k++]), ...);
  } else {
    ((parts.value = warp_reduce<W, Op>(team.lanes, parts.value)), ...);
  }
  if constexpr (T > 32) {
    constexpr int WARPS = Team<T>::WARPS;
    u64 *const area = team.next_area();
    int k = 0;
    if (threadIdx.x % 32 == 0) ((area[k++ * WARPS + threadIdx.x / 32] = to_word(parts.value)), ...);
    __syncthreads();
    k = 0;
    // Every group of that many lanes combines what the warps have.
    ((parts.value = warp_reduce<WARPS, Op>(0xffffffffu, from_word<X>(area[k++ * WARPS + threadIdx.x % WARPS]))), ...);
  }
}
`
