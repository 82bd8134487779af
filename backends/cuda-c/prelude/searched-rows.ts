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

// Which of so many keys of a thread are the best, a bit for each. If \`wanted\` is not 0, the row shall have so many, and lacks some of
// \`ties\`: the first ones, which are yet to be found.
template <int N>
struct BestOf {
  typename BitsOf<N>::Word best = 0, ties = 0;
  int wanted = 0;
  __device__ __forceinline__ bool is_best(At at) const { return best >> at.slot & 1u; }
  template <int M>
  __device__ __forceinline__ u32 best_of(Chunk<M> chunk) const { return u32(best >> chunk.slot) & ((1u << M) - 1u); }
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

// Two halves of a word have a place each: the upper one its upper half, and so has the lower one.
__device__ __forceinline__ void collect_if(u32 *, u32 &place, u32 x, u32 holds) {
  asm volatile("{ .reg .pred p; setp.ne.u32 p, %2, 0; @p st.shared.b32 [%0], %1; @p add.u32 %0, %0, 4; }"
               : "+r"(place) : "r"(x), "r"(holds) : "memory");
}

__device__ __forceinline__ void collect_lower_if(u32 *, u32 &place, u32 x, u32 holds) {
  asm volatile("{ .reg .pred p; setp.ne.u32 p, %2, 0; @p st.shared.b16 [%0 + 2], %1; @p add.u32 %0, %0, 4; }"
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
  // As a bit for each key, in the order of keys.
  static __device__ __forceinline__ Marks in_order(Marks marks) { return marks; }
  static __device__ __forceinline__ u32 is_marked(Marks marks, int slot) { return u32(marks >> slot / 32 * 32) & 1u << slot % 32; }
};

// Puts the marked keys of a thread into a list, from a place on.
template <class R>
__device__ __forceinline__ void collect_marked(const R &row, typename R::Number *list, int place, typename R::Marks marks) {
  u32 next = shared_place(list) + u32(place) * 4u;
#pragma unroll
  for (int slot = 0; slot < R::CHUNKS * R::WIDTH; ++slot) row.collect(list, next, slot, marks);
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
  __device__ __forceinline__ void collect(int *list, u32 &next, int slot, typename BitsOf<C * V>::Word marks) const {
    collect_if(list, next, number(slot), InRegisters<C, V>::is_marked(marks, slot));
  }
  static __device__ __forceinline__ int key(int number) { return number; }
  static __device__ __forceinline__ int none() { return NONE; }
  static __device__ __forceinline__ int order(int number) { return number; }
  __device__ __forceinline__ void ends_between(int from, int to, int &low, int &high) const {
    const u32 span = u32(to) - u32(from);
    low = to;
    high = from;
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) {
      if (row.words[slot] - u32(from) > span) continue;
      low = min(low, number(slot));
      high = max(high, number(slot));
    }
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
  __device__ __forceinline__ void collect(float *list, u32 &next, int slot, typename BitsOf<C * V>::Word marks) const {
    collect_if(list, next, number(slot), InRegisters<C, V>::is_marked(marks, slot));
  }
  static __device__ __forceinline__ int key(float number) { return float_key(number); }
  static __device__ __forceinline__ float none() { return __uint_as_float(0x7fffffffu); }
  static __device__ __forceinline__ float at(int key) { return __uint_as_float(to_magnitude(key, 0x80000000u)); }
  static __device__ __forceinline__ int order(float number) { return order_of(number); }
  __device__ __forceinline__ void ends_between(int from, int to, int &low, int &high) const {
    const float first = at(from), last = at(to);
    low = to;
    high = from;
#pragma unroll
    for (int slot = 0; slot < C * V; ++slot) {
      if (number(slot) >= first && number(slot) <= last) {
        const int own = order(number(slot));
        low = min(low, own);
        high = max(high, own);
      }
    }
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

// Two 16-bit floats with two others, without instructions for that: which are not less, 16 ones for each; and the least and the largest
// of a number and what may be NaN.
template <class Format>
struct OneByOne {
  static __device__ __forceinline__ u32 reached(u32 pair, u32 probes) {
    const u32 low = Format::decode(pair & 0xffffu) >= Format::decode(probes & 0xffffu) ? 0xffffu : 0u;
    return low | (Format::decode(pair >> 16) >= Format::decode(probes >> 16) ? 0xffff0000u : 0u);
  }
  static __device__ __forceinline__ u32 least(u32 numbers, u32 pair) {
    const u32 ones = reached(numbers, pair);
    return (pair & ones) | (numbers & ~ones);
  }
  static __device__ __forceinline__ u32 most(u32 numbers, u32 pair) {
    const u32 ones = reached(pair, numbers);
    return (pair & ones) | (numbers & ~ones);
  }
};

// Formats of 16-bit floats: the magnitude of infinity, and instructions for two at once.
struct Half : OneByOne<Half> {
  static constexpr int FRACTION = 10, INFINITE = 0x7c00;
  static __device__ __forceinline__ float decode(u32 bits) { return decode_f16(u16(bits)); }
#if __CUDA_ARCH__ >= 530
  static __device__ __forceinline__ u32 reached(u32 pair, u32 probes) {
    u32 ones;
    asm("set.ge.u32.f16x2 %0, %1, %2;" : "=r"(ones) : "r"(pair), "r"(probes));
    return ones;
  }
#endif
#if __CUDA_ARCH__ >= 800
  static __device__ __forceinline__ u32 least(u32 numbers, u32 pair) {
    asm("min.f16x2 %0, %0, %1;" : "+r"(numbers) : "r"(pair));
    return numbers;
  }
  static __device__ __forceinline__ u32 most(u32 numbers, u32 pair) {
    asm("max.f16x2 %0, %0, %1;" : "+r"(numbers) : "r"(pair));
    return numbers;
  }
#endif
};

struct Bfloat : OneByOne<Bfloat> {
  static constexpr int FRACTION = 7, INFINITE = 0x7f80;
  static __device__ __forceinline__ float decode(u32 bits) { return decode_bf16(u16(bits)); }
#if __CUDA_ARCH__ >= 900
  static __device__ __forceinline__ u32 reached(u32 pair, u32 probes) {
    u32 ones;
    asm("set.ge.u32.bf16x2 %0, %1, %2;" : "=r"(ones) : "r"(pair), "r"(probes));
    return ones;
  }
#endif
#if __CUDA_ARCH__ >= 800
  static __device__ __forceinline__ u32 least(u32 numbers, u32 pair) {
    asm("min.bf16x2 %0, %0, %1;" : "+r"(numbers) : "r"(pair));
    return numbers;
  }
  static __device__ __forceinline__ u32 most(u32 numbers, u32 pair) {
    asm("max.bf16x2 %0, %0, %1;" : "+r"(numbers) : "r"(pair));
    return numbers;
  }
#endif
};

// A number is the upper half of a word. Marks are those of the lower halves, then those of the upper ones.
template <class Format, int C, int V>
struct Halves : InRegisters<C, V> {
  static_assert(C * V <= 32, "a word has a bit for each key of a thread");
  typedef u32 Number;
  static constexpr int LEAST = -Format::INFINITE, MOST = Format::INFINITE, PAIRS = C * V / 2;
  const u32 (&pairs)[PAIRS];
  __device__ __forceinline__ u32 number(int slot) const { return slot % 2 == 0 ? pairs[slot / 2] << 16 : pairs[slot / 2]; }
  __device__ __forceinline__ void collect(u32 *list, u32 &next, int slot, u32 marks) const {
    const u32 pair = pairs[slot / 2], mark = marks & (slot % 2 == 0 ? 1u : 0x10000u) << slot / 2;
    if (slot % 2 == 0) collect_lower_if(list, next, pair, mark);
    else collect_if(list, next, pair, mark);
  }
  static __device__ __forceinline__ int key(u32 number) { return (number >> 16 & 0x7fffu) > u32(MOST) ? LEAST - 1 : order(number); }
  static __device__ __forceinline__ int order(u32 number) { return from_magnitude(number >> 16 & 0x7fffu, int(number) >> 31); }
  static __device__ __forceinline__ u32 both(int key) { return to_magnitude(key, 0x8000u) * 0x10001u; }
  __device__ __forceinline__ void ends(int &low, int &high) const { ends_of_pairs(low, high, [](u32 pair) { return pair; }); }
  __device__ __forceinline__ void ends_between(int from, int to, int &low, int &high) const {
    const u32 first = both(from), last = both(to);
    ends_of_pairs(low, high, [&](u32 pair) { return pair | ~(Format::reached(pair, first) & Format::reached(last, pair)); });
  }
  // Of what is not NaN.
  template <class F>
  __device__ __forceinline__ void ends_of_pairs(int &low, int &high, F seen) const {
    u32 least = both(MOST), most = both(LEAST);
#pragma unroll
    for (int pair = 0; pair < PAIRS; ++pair) {
      least = Format::least(least, seen(pairs[pair]));
      most = Format::most(most, seen(pairs[pair]));
    }
    low = min(order(least << 16), order(least));
    high = max(order(most << 16), order(most));
  }
  __device__ __forceinline__ typename BitsOf<C * V>::Word reaching(int key) const {
    const u32 least = both(key);
    u32 sum = 0;
#pragma unroll
    for (int pair = 0; pair < PAIRS; ++pair) sum += Format::reached(pairs[pair], least) << pair;
    // Ones of lower halves are 65536 - 1, those of upper ones -65536.
    const u32 lower = -sum & 0xffffu;
    return lower | (lower << 16) - (sum + lower);
  }
  static __device__ __forceinline__ u32 in_order(u32 marks) {
    marks = swap_between(marks, 8, 0x0000ff00u);
    marks = swap_between(marks, 4, 0x00f000f0u);
    marks = swap_between(marks, 2, 0x0c0c0c0cu);
    return swap_between(marks, 1, 0x22222222u);
  }
  static __device__ __forceinline__ u32 swap_between(u32 marks, int distance, u32 lower) {
    const u32 other = (marks ^ marks >> distance) & lower;
    return marks ^ other ^ other << distance;
  }
};
`
