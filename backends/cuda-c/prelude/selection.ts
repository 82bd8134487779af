/** Rows of keys that know which of them are the best: how they are kept, made of halves, and settled. */
export const selection = /* cuda */ `
// Which keys of a thread exist in a row of n.
template <int C, int V, int T>
__device__ __forceinline__ u32 valid_slots(const Team<T> &team, int n) {
  static_assert(C * V <= 32, "a word has a bit for each key of a thread");
  u32 valid = 0;
#pragma unroll
  for (int c = 0; c < C; ++c) valid |= ((1u << min(max(n - (c * T + team.thread) * V, 0), V)) - 1u) << c * V;
  return n == C * T * V ? 0xffffffffu >> (32 - C * V) : valid;
}

// Keys of a row, and which are the best: those from a number on; of a small team a bit for each. Keys in registers of a larger team
// tell as they are stored which the least and the greatest of a thread are: while others are on their way from memory.
template <int T, int C, int V, bool BITS = T <= 32 && C != 0>
struct Keys : Row<C, V> {
  int least, low, high;
  struct Place {
    Keys &keys;
    At at;
    __device__ __forceinline__ void operator=(u32 key) {
      keys.row()[at] = key;
      if constexpr (C > 0) keys.meet(int(key));
    }
  };
  __device__ __forceinline__ Keys(u32 *row) : Row<C, V>(row), least(0), low(2147483647), high(int(0x80000000u)) {}
  __device__ __forceinline__ Row<C, V> &row() { return *this; }
  __device__ __forceinline__ void meet(int key) {
    low = min(low, key);
    high = max(high, key);
  }
  __device__ __forceinline__ Place operator[](At at) { return Place{*this, at}; }
  __device__ __forceinline__ bool is_best(At at) { return int(row()[at]) >= least; }
  template <int N>
  __device__ __forceinline__ u32 best_of(Chunk<N> chunk) {
    u32 bits = 0;
    chunk.each([&](At at) { bits |= u32(is_best(at)) << at.e; });
    return bits;
  }
};
template <int T, int C, int V>
struct Keys<T, C, V, true> : Row<C, V> {
  u32 best;
  __device__ __forceinline__ Keys(u32 *row) : Row<C, V>(row), best(0) {}
  __device__ __forceinline__ bool is_best(At at) const { return best >> at.slot & 1u; }
  template <int N>
  __device__ __forceinline__ u32 best_of(Chunk<N> chunk) const { return best >> chunk.slot & ((1u << N) - 1u); }
};

// Formats of 16-bit floats: the bits of the fraction.
struct Half {
  static constexpr int FRACTION = 10;
};

struct Bfloat {
  static constexpr int FRACTION = 7;
};

// Orders of 16-bit floats, from their bits or from planes of those: keys of so many bits. -0 is 0; of NaN nothing is said.
struct ByValue {
  static constexpr int BITS = 16;
  static __device__ __forceinline__ u32 key(u32 x) { return (x & 0x8000u) != 0 ? 0x8000u - (x & 0x7fffu) : x | 0x8000u; }
  static __device__ __forceinline__ void arrange(u32 (&planes)[16]) {
    u32 any = 0;
#pragma unroll
    for (int p = 0; p < 15; ++p) any |= planes[p];
    const u32 negative = planes[15] & any;
    planes[15] = ~negative;
#pragma unroll
    for (int p = 0; p < 15; ++p) planes[p] ^= negative;
  }
};

struct ByNegative {
  static constexpr int BITS = 16;
  static __device__ __forceinline__ u32 key(u32 x) { return ByValue::key(x ^ 0x8000u); }
  static __device__ __forceinline__ void arrange(u32 (&planes)[16]) {
    planes[15] = ~planes[15];
    ByValue::arrange(planes);
  }
};

struct BySize {
  static constexpr int BITS = 15;
  static __device__ __forceinline__ u32 key(u32 x) { return x & 0x7fffu; }
  static __device__ __forceinline__ void arrange(u32 (&)[16]) {}
};

// Keys of 16-bit floats. Small teams hold the floats, two in a word.
template <class Order, class Format, int T, int C, int V, bool PAIRS = T <= 32 && C != 0>
struct HalfKeys : Keys<T, C, V> {
  __device__ __forceinline__ HalfKeys(u32 *row) : Keys<T, C, V>(row) {}
};
template <class Order, class Format, int T, int C, int V>
struct HalfKeys<Order, Format, T, C, V, true> {
  u32 words[C * V / 2];
  u32 best;
  __device__ __forceinline__ HalfKeys(u32 *) : best(0) {}
  __device__ __forceinline__ bool is_best(At at) const { return best >> at.slot & 1u; }
  template <int N>
  __device__ __forceinline__ u32 best_of(Chunk<N> chunk) const { return best >> chunk.slot & ((1u << N) - 1u); }
};

template <class Order, class Format, int T, int C, int V>
__device__ __forceinline__ void half_keys(const Team<T> &team, HalfKeys<Order, Format, T, C, V, false> &keys, const u16 *x, int n) {
  spread<C, V>(team, 0, n, aligned<V>(x), [&](auto chunk) {
    const auto halves = chunk.load(x);
    chunk.each([&](At at) {
      const u32 half = halves[at];
      keys[at] = (half & 0x7fffu) > (0x7fffu >> Format::FRACTION << Format::FRACTION) ? 0u : Order::key(half) + 1u;
    });
  });
}

template <class Order, class Format, int T, int C, int V>
__device__ __forceinline__ void half_keys(const Team<T> &team, HalfKeys<Order, Format, T, C, V, true> &keys, const u16 *x, int n) {
  Vec<u16, V> halves[C];
#pragma unroll
  for (int c = 0; c < C; ++c) memset(&halves[c], 0, sizeof(halves[c]));
  if (aligned<V>(x) && n % V == 0) {
#pragma unroll
    for (int c = 0; c < C; ++c)
      if ((c * T + team.thread) * V < n) halves[c] = load_vector<V>(x + (c * T + team.thread) * V);
  } else {
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) {
      const int i = (slot / V * T + team.thread) * V + slot % V;
      if (i < n) halves[slot / V].elements[slot % V] = x[i];
    }
  }
#pragma unroll
  for (int c = 0; c < C; ++c) memcpy(keys.words + c * V / 2, &halves[c], sizeof(halves[c]));
}
`
