/**
 * Rows in the registers of a block, as a search sees them: of integers, of floats and of 16-bit floats, two in a word. A search asks
 * by keys, which order as the numbers do; the numbers themselves are only compared.
 */
export const searchedRows = /* cuda */ `
// A bit for each key of a thread.
template <int N>
struct BitsOf {
  static_assert(N <= 64, "a word has a bit for each key of a thread");
  typedef u64 Word;
  static constexpr u64 ALL = ~0ull >> (64 - N);
};
template <>
struct BitsOf<32> {
  typedef u32 Word;
  static constexpr u32 ALL = ~0u;
};
template <>
struct BitsOf<24> {
  typedef u32 Word;
  static constexpr u32 ALL = ~0u >> 8;
};
template <>
struct BitsOf<16> {
  typedef u32 Word;
  static constexpr u32 ALL = ~0u >> 16;
};
template <>
struct BitsOf<8> {
  typedef u32 Word;
  static constexpr u32 ALL = ~0u >> 24;
};

// From sums of powers of two, 16 bits each.
template <int N>
__device__ __forceinline__ auto bits_of(const float (&sums)[(N + 15) / 16]) {
  typename BitsOf<N>::Word bits = 0;
#pragma unroll
  for (int part = 0; part < (N + 15) / 16; ++part) bits |= typename BitsOf<N>::Word(u32(sums[part])) << 16 * part;
  return bits;
}

// Which keys of a thread exist in a row of n.
template <int C, int V, int T>
__device__ __forceinline__ auto valid_slots(const Team<T> &team, int n) {
  typedef typename BitsOf<C * V>::Word Word;
  Word valid = 0;
#pragma unroll
  for (int c = 0; c < C; ++c) valid |= Word((1u << min(max(n - (c * T + team.thread) * V, 0), V)) - 1u) << c * V;
  return n == C * T * V ? BitsOf<C * V>::ALL : valid;
}

// Puts a number behind others in memory that the block shares, if it is between two, or if a word is not 0; \`place\` is where.
__device__ __forceinline__ void collect_between(float *, u32 &place, float x, float from, float to) {
  asm volatile("{ .reg .pred p; setp.ge.f32 p, %1, %2; setp.le.and.f32 p, %1, %3, p; @p st.shared.f32 [%0], %1; @p add.u32 %0, %0, 4; }"
               : "+r"(place) : "f"(x), "f"(from), "f"(to) : "memory");
}

__device__ __forceinline__ void collect_between(int *, u32 &place, int x, int from, int to) {
  asm volatile("{ .reg .pred p; .reg .b32 d; .reg .b32 s; sub.u32 d, %1, %2; sub.u32 s, %3, %2; setp.le.u32 p, d, s;"
               " @p st.shared.b32 [%0], %1; @p add.u32 %0, %0, 4; }"
               : "+r"(place) : "r"(x), "r"(from), "r"(to) : "memory");
}

__device__ __forceinline__ void collect_if(float *, u32 &place, float x, u32 holds) {
  asm volatile("{ .reg .pred p; setp.ne.u32 p, %2, 0; @p st.shared.f32 [%0], %1; @p add.u32 %0, %0, 4; }"
               : "+r"(place) : "f"(x), "r"(holds) : "memory");
}

__device__ __forceinline__ void add_if_reached(float &sum, int key, int probe, float amount) {
  asm("{ .reg .pred p; setp.ge.s32 p, %1, %2; @p add.f32 %0, %0, %3; }" : "+f"(sum) : "r"(key), "r"(probe), "f"(amount));
}

__device__ __forceinline__ void add_if_reached(float &sum, float key, float probe, float amount) {
  asm("{ .reg .pred p; setp.ge.f32 p, %1, %2; @p add.f32 %0, %0, %3; }" : "+f"(sum) : "f"(key), "f"(probe), "f"(amount));
}

// A sign and a magnitude as an integer that orders as they do, and back.
__device__ __forceinline__ int from_magnitude(int magnitude, int sign) {
  return (magnitude ^ sign) - sign;
}

__device__ __forceinline__ u32 to_magnitude(int key, u32 sign) {
  return key < 0 ? u32(-key) | sign : u32(key);
}

// Keys of floats: -0 is 0, NaN is below everything.
__device__ __forceinline__ int float_key(float x) {
  const int bits = __float_as_int(x);
  return is_nan(x) ? int(0x80000001u) : from_magnitude(bits & 0x7fffffff, bits >> 31);
}

// Keys from LEAST to MOST can be asked for; what is below LEAST reaches none of them, and neither does what is behind the end of the row.
template <int C, int V>
struct Integers {
  typedef int Number;
  static constexpr int LEAST = -2147483647, MOST = 2147483647, NONE = LEAST - 1;
  const Row<C, V> &row;
  __device__ __forceinline__ int number(int slot) const { return int(row.words[slot]); }
  static __device__ __forceinline__ int key(int number) { return number; }
  static __device__ __forceinline__ int none() { return NONE; }
  __device__ __forceinline__ u32 count_both(int p, int q) const {
    float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) {
      add_if_reached(sums[slot % 2], number(slot), p, 1.0f);
      add_if_reached(sums[slot % 2 + 2], number(slot), q, 65536.0f);
    }
    return u32((sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
  template <class F>
  __device__ __forceinline__ void each_between(int from, int to, F visit) const {
    const u32 span = u32(to) - u32(from);
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot)
      if (row.words[slot] - u32(from) <= span) visit(number(slot));
  }
  __device__ __forceinline__ void collect(int *list, int place, int from, int to) const {
    u32 at = shared_place(list) + u32(place) * 4u;
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) collect_between(list, at, number(slot), from, to);
  }
  __device__ __forceinline__ void ends(int &low, int &high) const {
    low = MOST;
    high = NONE;
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) {
      low = min(low, number(slot));
      high = max(high, number(slot));
    }
  }
  __device__ __forceinline__ typename BitsOf<C * V>::Word reaching(int key) const {
    float sums[(C * V + 15) / 16] = {};
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) add_if_reached(sums[slot / 16], number(slot), key, float(1 << slot % 16));
    return bits_of<C * V>(sums);
  }
};

template <int C, int V>
struct Floats {
  typedef float Number;
  static constexpr int LEAST = -0x7f800000, MOST = 0x7f800000;
  const Row<C, V> &row;
  __device__ __forceinline__ float number(int slot) const { return __uint_as_float(row.words[slot]); }
  static __device__ __forceinline__ int key(float number) { return float_key(number); }
  static __device__ __forceinline__ float none() { return __uint_as_float(0x7fffffffu); }
  static __device__ __forceinline__ float at(int key) { return __uint_as_float(to_magnitude(key, 0x80000000u)); }
  __device__ __forceinline__ u32 count_both(int p, int q) const {
    const float first = at(p), second = at(q);
    float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) {
      add_if_reached(sums[slot % 2], number(slot), first, 1.0f);
      add_if_reached(sums[slot % 2 + 2], number(slot), second, 65536.0f);
    }
    return u32((sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
  template <class F>
  __device__ __forceinline__ void each_between(int from, int to, F visit) const {
    const float first = at(from), last = at(to);
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot)
      if (number(slot) >= first && number(slot) <= last) visit(number(slot));
  }
  __device__ __forceinline__ void collect(float *list, int place, int from, int to) const {
    const float first = at(from), last = at(to);
    u32 next = shared_place(list) + u32(place) * 4u;
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) collect_between(list, next, number(slot), first, last);
  }
  __device__ __forceinline__ void ends(int &low, int &high) const {
    float least = at(MOST), largest = at(LEAST);
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) {
      least = fminf(least, number(slot));
      largest = fmaxf(largest, number(slot));
    }
    low = key(least);
    high = key(largest);
  }
  __device__ __forceinline__ typename BitsOf<C * V>::Word reaching(int key) const {
    const float least = at(key);
    float sums[(C * V + 15) / 16] = {};
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) add_if_reached(sums[slot / 16], number(slot), least, float(1 << slot % 16));
    return bits_of<C * V>(sums);
  }
};

// Which of two 16-bit floats are not less, without instructions for that: 16 ones for each. How many were, in both halves of a sum.
template <class Format>
struct OneByOne {
  static __device__ __forceinline__ u32 reached(u32 pair, u32 probes) {
    const u32 low = Format::decode(pair & 0xffffu) >= Format::decode(probes & 0xffffu) ? 0xffffu : 0u;
    return low | (Format::decode(pair >> 16) >= Format::decode(probes >> 16) ? 0xffff0000u : 0u);
  }
  static __device__ __forceinline__ void count_reached(u32 &sums, u32 pair, u32 probes) { sums += reached(pair, probes) & 0x10001u; }
  static __device__ __forceinline__ u32 sum(u32 sums) { return (sums & 0xffffu) + (sums >> 16); }
};

// Formats of 16-bit floats: the bits of the fraction, the magnitude of infinity, and what compares two at once; \`reached\` has 16 ones
// for each that is not less.
struct Half : OneByOne<Half> {
  static constexpr int FRACTION = 10, INFINITE = 0x7c00;
  static __device__ __forceinline__ float decode(u32 bits) { return decode_f16(u16(bits)); }
  static __device__ __forceinline__ u32 encode(float x) { return encode_f16(x); }
#if __CUDA_ARCH__ >= 530
  static __device__ __forceinline__ u32 reached(u32 pair, u32 probes) {
    u32 ones;
    asm("set.ge.u32.f16x2 %0, %1, %2;" : "=r"(ones) : "r"(pair), "r"(probes));
    return ones;
  }
  static __device__ __forceinline__ void count_reached(u32 &sums, u32 pair, u32 probes) {
    asm("{ .reg .b32 one; set.ge.f16x2.f16x2 one, %1, %2; add.f16x2 %0, %0, one; }" : "+r"(sums) : "r"(pair), "r"(probes));
  }
  static __device__ __forceinline__ u32 sum(u32 sums) { return u32(decode(sums & 0xffffu) + decode(sums >> 16)); }
#endif
};

struct Bfloat : OneByOne<Bfloat> {
  static constexpr int FRACTION = 7, INFINITE = 0x7f80;
  static __device__ __forceinline__ float decode(u32 bits) { return decode_bf16(u16(bits)); }
  static __device__ __forceinline__ u32 encode(float x) { return encode_bf16(x); }
#if __CUDA_ARCH__ >= 900
  static __device__ __forceinline__ u32 reached(u32 pair, u32 probes) {
    u32 ones;
    asm("set.ge.u32.bf16x2 %0, %1, %2;" : "=r"(ones) : "r"(pair), "r"(probes));
    return ones;
  }
  static __device__ __forceinline__ void count_reached(u32 &sums, u32 pair, u32 probes) {
    asm("{ .reg .b32 one; set.ge.bf16x2.bf16x2 one, %1, %2; add.bf16x2 %0, %0, one; }" : "+r"(sums) : "r"(pair), "r"(probes));
  }
  static __device__ __forceinline__ u32 sum(u32 sums) { return u32(decode(sums & 0xffffu) + decode(sums >> 16)); }
#endif
};

template <class Format, int C, int V>
struct Halves {
  typedef float Number;
  static constexpr int LEAST = -Format::INFINITE, MOST = Format::INFINITE, PAIRS = C * V / 2;
  const u32 (&pairs)[PAIRS];
  __device__ __forceinline__ u32 bits(int slot) const { return pairs[slot / 2] >> slot % 2 * 16 & 0xffffu; }
  __device__ __forceinline__ float number(int slot) const { return Format::decode(bits(slot)); }
  // Of a number that is one of the format: its bits, and their key.
  static __device__ __forceinline__ int key(float number) {
    const int bits = int(Format::encode(number)), magnitude = bits & 0x7fff;
    return magnitude > MOST ? LEAST - 1 : from_magnitude(magnitude, -(bits >> 15));
  }
  static __device__ __forceinline__ float none() { return __uint_as_float(0x7fffffffu); }
  static __device__ __forceinline__ u32 both(int key) { return to_magnitude(key, 0x8000u) * 0x10001u; }
  __device__ __forceinline__ u32 count_both(int p, int q) const {
    const u32 first = both(p), second = both(q);
    u32 sums[2] = {0, 0};
#pragma unroll
    for (int pair = 0; pair < PAIRS; ++pair) {
      Format::count_reached(sums[0], pairs[pair], first);
      Format::count_reached(sums[1], pairs[pair], second);
    }
    return Format::sum(sums[0]) | Format::sum(sums[1]) << 16;
  }
  template <class F>
  __device__ __forceinline__ void each_between(int from, int to, F visit) const {
    const u32 first = both(from), last = both(to);
#pragma unroll
    for (int pair = 0; pair < PAIRS; ++pair) {
      const u32 inside = Format::reached(pairs[pair], first) & Format::reached(last, pairs[pair]);
      if (inside & 1u) visit(number(2 * pair));
      if (inside >> 16) visit(number(2 * pair + 1));
    }
  }
  __device__ __forceinline__ void collect(float *list, int place, int from, int to) const {
    const u32 first = both(from), last = both(to);
    u32 next = shared_place(list) + u32(place) * 4u;
#pragma unroll
    for (int pair = 0; pair < PAIRS; ++pair) {
      const u32 inside = Format::reached(pairs[pair], first) & Format::reached(last, pairs[pair]);
      collect_if(list, next, number(2 * pair), inside & 1u);
      collect_if(list, next, number(2 * pair + 1), inside & 0x10000u);
    }
  }
  __device__ __forceinline__ void ends(int &low, int &high) const {
    low = MOST;
    high = LEAST;
    each_between(LEAST, MOST, [&](float number) {
      low = min(low, key(number));
      high = max(high, key(number));
    });
  }
  __device__ __forceinline__ typename BitsOf<C * V>::Word reaching(int key) const {
    const u32 least = both(key);
    // Of each 32: low halves of the first eight pairs and high halves of others are where they belong, the rest is 16 bits off.
    u32 words[(PAIRS + 15) / 16];
#pragma unroll
    for (int w = 0; w < (PAIRS + 15) / 16; ++w) {
      u32 direct = 0, crossed = 0;
#pragma unroll
      for (int pair = 0; pair < (PAIRS < 16 ? PAIRS : 16); ++pair) {
        const u32 ones = Format::reached(pairs[w * 16 + pair], least);
        direct |= ones & (pair < 8 ? 1u : 2u) << 2 * pair;
        crossed |= ones & (pair < 8 ? 0x20000u : 1u) << 2 * (pair % 8);
      }
      words[w] = direct | __byte_perm(crossed, 0u, 0x1032);
    }
    if constexpr (PAIRS > 16) return u64(words[1]) << 32 | words[0];
    else return words[0];
  }
};
`
