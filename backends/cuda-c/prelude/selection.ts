/** Rows of keys that know which of them are the best: how they are kept, made of halves, and settled. */
export const selection = /* cuda */ `
// Keys of a row, and which are the best: in registers a bit for each, in memory those from a number on.
template <int T, int C, int V>
struct Keys : Row<C, V>, BestOf<C * V> {
  __device__ __forceinline__ Keys(u32 *row) : Row<C, V>(row) {}
};
template <int T, int V>
struct Keys<T, 0, V> : Row<0, V> {
  int least;
  __device__ __forceinline__ Keys(u32 *row) : Row<0, V>(row), least(0) {}
  __device__ __forceinline__ bool is_best(At at) { return int((*this)[at]) >= least; }
  template <int N>
  __device__ __forceinline__ u32 best_of(Chunk<N> chunk) {
    u32 bits = 0;
    chunk.each([&](At at) { bits |= u32(is_best(at)) << at.e; });
    return bits;
  }
};

// Keys that are given as bits of floats. In registers they stay as they are where they are searched by numbers; in memory they become keys when they are searched.
template <int T, int C, int V, bool BITS = C == 0 || probes_rows<T, C, V>>
struct FloatKeys : Keys<T, C, V> {
  struct Place {
    u32 &key;
    __device__ __forceinline__ void operator=(u32 bits) { key = u32(float_key(__uint_as_float(bits))); }
  };
  __device__ __forceinline__ FloatKeys(u32 *row) : Keys<T, C, V>(row) {}
  __device__ __forceinline__ Place operator[](At at) { return Place{this->Keys<T, C, V>::operator[](at)}; }
};
template <int T, int C, int V>
struct FloatKeys<T, C, V, true> : Keys<T, C, V> {
  __device__ __forceinline__ FloatKeys(u32 *row) : Keys<T, C, V>(row) {}
};

// Orders of 16-bit floats, from their bits or from planes of those: keys of so many bits; and two floats that order by value then. -0 is 0; of NaN nothing is said.
struct ByValue {
  static constexpr int BITS = 16;
  static __device__ __forceinline__ u32 both(u32 pair) { return pair; }
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
  static __device__ __forceinline__ u32 both(u32 pair) { return pair ^ 0x80008000u; }
  static __device__ __forceinline__ u32 key(u32 x) { return ByValue::key(x ^ 0x8000u); }
  static __device__ __forceinline__ void arrange(u32 (&planes)[16]) {
    planes[15] = ~planes[15];
    ByValue::arrange(planes);
  }
};

struct BySize {
  static constexpr int BITS = 15;
  static __device__ __forceinline__ u32 both(u32 pair) { return pair & 0x7fff7fffu; }
  static __device__ __forceinline__ u32 key(u32 x) { return x & 0x7fffu; }
  static __device__ __forceinline__ void arrange(u32 (&)[16]) {}
};

// Keys of 16-bit floats. In registers there are the floats, two in a word; of blocks their magnitudes or negatives.
template <class Order, class Format, int T, int C, int V, bool PAIRS = C != 0>
struct HalfKeys : Keys<T, C, V> {
  __device__ __forceinline__ HalfKeys(u32 *row) : Keys<T, C, V>(row) {}
};
template <class Order, class Format, int T, int C, int V>
struct HalfKeys<Order, Format, T, C, V, true> : BestOf<C * V> {
  u32 words[C * V / 2];
  __device__ __forceinline__ HalfKeys(u32 *) {}
};

// The row of several warps, whose searches see what is behind the end: NaN.
template <int C, int V, int T>
__device__ __forceinline__ void load_words(const Team<T> &team, u32 *words, const u16 *x, int n) {
  typedef typename Packet<2 * V>::Word Word;
  const Word *const chunks = reinterpret_cast<const Word *>(x) + team.thread;
  const bool whole = aligned<V>(x);
  const auto take = [&](int c) {
    const Word word = chunks[c * T];
    memcpy(words + c * V / 2, &word, sizeof(word));
  };
  if (whole && n == C * T * V) {
#pragma unroll
    for (int c = 0; c < C; ++c) take(c);
    return;
  }
#pragma unroll
  for (int pair = 0; pair < C * V / 2; ++pair) words[pair] = ~0u;
  if (whole && n % V == 0) {
#pragma unroll
    for (int c = 0; c < C; ++c)
      if ((c * T + team.thread) * V < n) take(c);
  } else {
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) {
      const int i = (slot / V * T + team.thread) * V + slot % V;
      if (i < n) words[slot / 2] = __byte_perm(words[slot / 2], x[i], slot % 2 == 0 ? 0x3254 : 0x5410);
    }
  }
}

// The row of a part of a warp. Vectors of halves, for words are more registers here than a thread of the search has.
template <int C, int V, int T>
__device__ __forceinline__ void load_halves(const Team<T> &team, u32 *words, const u16 *x, int n) {
  if (aligned<V>(x) && n == C * T * V) {
#pragma unroll
    for (int c = 0; c < C; ++c) {
      typedef typename Packet<2 * V>::Word Word;
      const Word word = reinterpret_cast<const Word *>(x)[c * T + team.thread];
      memcpy(words + c * V / 2, &word, sizeof(word));
    }
    return;
  }
  Vec<u16, V> halves[C];
  memset(halves, 0, sizeof(halves));
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
  memcpy(words, halves, sizeof(halves));
}

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
  if constexpr (T <= 32) {
    load_halves<C, V>(team, keys.words, x, n);
  } else {
    load_words<C, V>(team, keys.words, x, n);
#pragma unroll
    for (int pair = 0; pair < C * V / 2; ++pair) keys.words[pair] = Order::both(keys.words[pair]);
  }
}
`
