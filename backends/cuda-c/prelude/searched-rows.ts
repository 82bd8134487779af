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
  // Few rows need it, so it shall not be worked out for others.
#pragma unroll 1
  for (int c = 0; c < C; ++c) valid |= Word((1u << min(max(n - (c * T + team.thread) * V, 0), V)) - 1u) << c * V;
  return valid;
}

// Puts a number behind others in memory that the block shares, if a word is not 0; \`place\` is where.
__device__ __forceinline__ void collect_if(float *, u32 &place, float x, u32 holds) {
  asm volatile("{ .reg .pred p; setp.ne.u32 p, %2, 0; @p st.shared.f32 [%0], %1; @p add.u32 %0, %0, 4; }"
               : "+r"(place) : "f"(x), "r"(holds) : "memory");
}

__device__ __forceinline__ void collect_if(int *, u32 &place, int x, u32 holds) {
  asm volatile("{ .reg .pred p; setp.ne.u32 p, %2, 0; @p st.shared.b32 [%0], %1; @p add.u32 %0, %0, 4; }"
               : "+r"(place) : "r"(x), "r"(holds) : "memory");
}

__device__ __forceinline__ void add_if_reached(float &sum, int key, int probe, float amount) {
  asm("{ .reg .pred p; setp.ge.s32 p, %1, %2; @p add.f32 %0, %0, %3; }" : "+f"(sum) : "r"(key), "r"(probe), "f"(amount));
}

__device__ __forceinline__ void add_if_reached(float &sum, float key, float probe, float amount) {
  asm("{ .reg .pred p; setp.ge.f32 p, %1, %2; @p add.f32 %0, %0, %3; }" : "+f"(sum) : "f"(key), "f"(probe), "f"(amount));
}

// What a search sees of keys in the registers of threads: which of them reach a number are bits of a word.
template <int C, int V>
struct InRegisters {
  static constexpr int CHUNKS = C, WIDTH = V;
  typedef typename BitsOf<C * V>::Word Marks;
  static __device__ __forceinline__ int how_many(Marks marks) { return C * V > 32 ? __popc(u32(marks)) + __popc(u32(u64(marks) >> 32)) : __popc(u32(marks)); }
  static __device__ __forceinline__ Marks without(Marks marks, Marks others) { return marks & ~others; }
};

// Puts the marked keys of a thread into a list, from a place on.
template <class R>
__device__ __forceinline__ void collect_marked(const R &row, typename R::Number *list, int place, typename R::Marks marks) {
  u32 next = shared_place(list) + u32(place) * 4u;
#pragma unroll
  for (int slot = 0; slot < R::CHUNKS * R::WIDTH; ++slot) collect_if(list, next, row.number(slot), u32(marks >> slot / 32 * 32) & 1u << slot % 32);
}

// A sign and a magnitude as an integer that orders as they do, and back.
__device__ __forceinline__ int from_magnitude(int magnitude, int sign) {
  return (magnitude ^ sign) - sign;
}

__device__ __forceinline__ u32 to_magnitude(int key, u32 sign) {
  return key < 0 ? u32(-key) | sign : u32(key);
}

// Of floats: -0 is 0.
__device__ __forceinline__ int order_of(float x) {
  const int bits = __float_as_int(x);
  return from_magnitude(bits & 0x7fffffff, bits >> 31);
}

// The same where NaN is below everything.
__device__ __forceinline__ int float_key(float x) {
  return is_nan(x) ? int(0x80000001u) : order_of(x);
}

// Keys from LEAST to MOST can be asked for; what is below LEAST reaches none of them, and neither does what is behind the end of the row.
template <int C, int V>
struct Integers : InRegisters<C, V> {
  typedef int Number;
  static constexpr int LEAST = -2147483647, MOST = 2147483647, NONE = LEAST - 1;
  const Row<C, V> &row;
  __device__ __forceinline__ int number(int slot) const { return int(row.words[slot]); }
  static __device__ __forceinline__ int key(int number) { return number; }
  static __device__ __forceinline__ int none() { return NONE; }
  static __device__ __forceinline__ int order(int number) { return number; }
  template <class F>
  __device__ __forceinline__ void each_between(int from, int to, F visit) const {
    const u32 span = u32(to) - u32(from);
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot)
      if (row.words[slot] - u32(from) <= span) visit(number(slot));
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
struct Floats : InRegisters<C, V> {
  typedef float Number;
  static constexpr int LEAST = -0x7f800000, MOST = 0x7f800000;
  const Row<C, V> &row;
  __device__ __forceinline__ float number(int slot) const { return __uint_as_float(row.words[slot]); }
  static __device__ __forceinline__ int key(float number) { return float_key(number); }
  static __device__ __forceinline__ float none() { return __uint_as_float(0x7fffffffu); }
  static __device__ __forceinline__ float at(int key) { return __uint_as_float(to_magnitude(key, 0x80000000u)); }
  static __device__ __forceinline__ int order(float number) { return order_of(number); }
  template <class F>
  __device__ __forceinline__ void each_between(int from, int to, F visit) const {
    const float first = at(from), last = at(to);
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot)
      if (number(slot) >= first && number(slot) <= last) visit(number(slot));
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

// Which of two 16-bit floats are not less, without instructions for that: 16 ones for each.
template <class Format>
struct OneByOne {
  static __device__ __forceinline__ u32 reached(u32 pair, u32 probes) {
    const u32 low = Format::decode(pair & 0xffffu) >= Format::decode(probes & 0xffffu) ? 0xffffu : 0u;
    return low | (Format::decode(pair >> 16) >= Format::decode(probes >> 16) ? 0xffff0000u : 0u);
  }
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
#endif
};

template <class Format, int C, int V>
struct Halves : InRegisters<C, V> {
  typedef float Number;
  static constexpr int LEAST = -Format::INFINITE, MOST = Format::INFINITE, PAIRS = C * V / 2;
  const u32 (&pairs)[PAIRS];
  __device__ __forceinline__ u32 bits(int slot) const { return pairs[slot / 2] >> slot % 2 * 16 & 0xffffu; }
  __device__ __forceinline__ float number(int slot) const { return Format::decode(bits(slot)); }
  // Of a number that is one of the format: its bits, and their key.
  static __device__ __forceinline__ int key(float number) {
    return number != number ? LEAST - 1 : order(number);
  }
  static __device__ __forceinline__ float none() { return __uint_as_float(0x7fffffffu); }
  static __device__ __forceinline__ int order(float number) {
    const int bits = int(Format::encode(number));
    return from_magnitude(bits & 0x7fff, -(bits >> 15));
  }
  static __device__ __forceinline__ u32 both(int key) { return to_magnitude(key, 0x8000u) * 0x10001u; }
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
