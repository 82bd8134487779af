/**
 * Products of packed rows with factors and weights on tensor cores, by a warp. A 32-bit number is taken as the sum of two of 16 bits, in
 * neighbouring columns of a matrix, so that the results are nearly those of 32-bit arithmetic.
 */
export const products = /* cuda */ `
// Numbers of tensor cores. SCALE: of weights from 0 to 1, of which the small ones would be 0 otherwise; LEAST: of those that are not 0;
// REST: of what the nearest number lacks.
struct HalfProducts {
  static constexpr float SCALE = 32768.0f, LEAST = 5.9604644775390625e-8f, REST = 2048.0f;
  static __device__ __forceinline__ u16 encode(float x) { return encode_f16(x); }
  static __device__ __forceinline__ u32 encode_two(float low, float high) {
    u32 both;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
    return both;
  }
  static __device__ __forceinline__ float decode(u16 bits) { return decode_f16(bits); }
  static __device__ __forceinline__ void multiply_add(float (&sums)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
};

struct BfloatProducts {
  static constexpr float SCALE = 1.0f, LEAST = 1.1754943508222875e-38f, REST = 256.0f;
  static __device__ __forceinline__ u16 encode(float x) { return encode_bf16(x); }
  static __device__ __forceinline__ u32 encode_two(float low, float high) {
    u32 both;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
    return both;
  }
  static __device__ __forceinline__ float decode(u16 bits) { return decode_bf16(bits); }
  static __device__ __forceinline__ void multiply_add(float (&sums)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
};

// Two of 16 bits.
__device__ __forceinline__ u32 join_halves(u32 low, u32 high) { return __byte_perm(low, high, 0x5410); }

// The nearest number of 16 bits, or what it lacks, times REST.
template <class F>
__device__ __forceinline__ u16 part_of(float x, bool rest) {
  const u16 first = F::encode(x);
  return rest ? F::encode((x - F::decode(first)) * F::REST) : first;
}

// A number again. What is not finite is in the first part.
template <class F>
__device__ __forceinline__ float whole_of(float first, float rest) {
  return first - first == 0.0f ? __fmaf_rn(rest, 1.0f / F::REST, first) : first;
}

// The place of an element in memory that the block shares, as \`next_kept\` takes it.
template <class X>
__device__ __forceinline__ u32 nth_place(const X *from, int n) { return shared_place(from) + u32(n) * u32(sizeof(X)); }

// Factors in the order in which lanes need them, four words for each lane and word of a row: of lane 4n + c those of column n, which is a
// part of a head's, for the channels of byte c. Gives whether all are finite and lack little.
template <class F, int HEADS>
__device__ __forceinline__ bool pack_factors(const Team<32> &team, u32 *to, const u32 *factors, int words, int channels) {
  const int head = team.thread / 8, c = team.thread % 4;
  const bool rest = team.thread & 4;
  bool fits = true;
#pragma unroll 1
  for (int w = 0; w < words; ++w) {
    Vec<u32, 4> packed;
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      u16 parts[2];
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const int channel = w * 32 + c * 8 + k * 2 + j;
        const float x = head < HEADS && channel < channels ? __uint_as_float(factors[channel * HEADS + head]) : 0.0f;
        parts[j] = part_of<F>(x, rest);
        const float first = F::decode(F::encode(x));
        const float lacks = (x - first) - F::decode(part_of<F>(x, true)) * (1.0f / F::REST);
        // False of what is not finite.
        fits &= fabsf(lacks) <= fabsf(x) * (1.0f / 65536.0f);
      }
      packed.elements[k] = join_halves(parts[0], parts[1]);
    }
    store_vector(to + (w * 32 + team.thread) * 4, packed);
  }
  return !__any_sync(0xffffffffu, !fits);
}

// Two of 16 bits, each of them there if a bit is set, one behind the other; or each from a place of its own. Else 0.
template <int E, class X>
__device__ __forceinline__ u32 next_two(u32 bits, u32 &place, const X *) {
  u32 both;
  asm volatile(
      "{ .reg .pred first, second; .reg .b32 bit; and.b32 bit, %2, %3; setp.ne.u32 first, bit, 0; and.b32 bit, %2, %4;"
      " setp.ne.u32 second, bit, 0; mov.u32 %0, 0; @first ld.shared.u16 %0, [%1]; @first add.u32 %1, %1, 2;"
      " @second ld.shared.u16 bit, [%1]; @second add.u32 %1, %1, 2; @second prmt.b32 %0, %0, bit, 0x5410; }"
      : "=&r"(both), "+r"(place) : "r"(bits), "n"(1 << E), "n"(2 << E));
  return both;
}

template <int E, class X>
__device__ __forceinline__ u32 next_of_each(u32 bits, u32 &place, u32 other_bits, u32 &other, const X *) {
  u32 both;
  asm volatile(
      "{ .reg .pred first, second; .reg .b32 bit; and.b32 bit, %3, %5; setp.ne.u32 first, bit, 0; and.b32 bit, %4, %5;"
      " setp.ne.u32 second, bit, 0; mov.u32 %0, 0; @first ld.shared.u16 %0, [%1]; @first add.u32 %1, %1, 2;"
      " @second ld.shared.u16 bit, [%2]; @second add.u32 %2, %2, 2; @second prmt.b32 %0, %0, bit, 0x5410; }"
      : "=&r"(both), "+r"(place), "+r"(other) : "r"(bits), "r"(other_bits), "n"(1 << E));
  return both;
}

// A byte of a row's word: its bits, and where what they keep begins.
struct KeptByte {
  u32 bits;
  u32 place;
};

template <class X>
__device__ __forceinline__ KeptByte byte_of(const X *values, uint2 ranked, int byte) {
  return KeptByte{ranked.x >> (8 * byte), nth_place(values, int(ranked.y) + __popc(ranked.x & ((1u << (8 * byte)) - 1u)))};
}

// The channels of a byte, two in each result.
template <class X>
__device__ __forceinline__ void take_byte(const X *values, uint2 ranked, int byte, u32 (&pairs)[4]) {
  KeptByte own = byte_of(values, ranked, byte);
  pairs[0] = next_two<0>(own.bits, own.place, values);
  pairs[1] = next_two<2>(own.bits, own.place, values);
  pairs[2] = next_two<4>(own.bits, own.place, values);
  pairs[3] = next_two<6>(own.bits, own.place, values);
}

// The channels of a byte of two rows, each channel of both in one result.
template <class X>
__device__ __forceinline__ void take_bytes(const X *values, uint2 ranked, uint2 other_ranked, int byte, u32 (&pairs)[8]) {
  KeptByte own = byte_of(values, ranked, byte), other = byte_of(values, other_ranked, byte);
  pairs[0] = next_of_each<0>(own.bits, own.place, other.bits, other.place, values);
  pairs[1] = next_of_each<1>(own.bits, own.place, other.bits, other.place, values);
  pairs[2] = next_of_each<2>(own.bits, own.place, other.bits, other.place, values);
  pairs[3] = next_of_each<3>(own.bits, own.place, other.bits, other.place, values);
  pairs[4] = next_of_each<4>(own.bits, own.place, other.bits, other.place, values);
  pairs[5] = next_of_each<5>(own.bits, own.place, other.bits, other.place, values);
  pairs[6] = next_of_each<6>(own.bits, own.place, other.bits, other.place, values);
  pairs[7] = next_of_each<7>(own.bits, own.place, other.bits, other.place, values);
}

// For every word of a row, of which there are at most C; any number where C is 0.
template <int C, int STEP = 1, class F>
__device__ __forceinline__ void each_word(int words, F visit) {
  if constexpr (C > 0) {
#pragma unroll
    for (int w = 0; w < C; w += STEP)
      if (w < words) visit(w);
  } else {
#pragma unroll 1
    for (int w = 0; w < words; w += STEP) visit(w);
  }
}

// Sums of rows with factors. Of a matrix of 16 rows lane 4g + c has rows g and g + 8, and of each word byte c.
template <class F, int HEADS, int C, class X>
__device__ __forceinline__ void row_products(const Team<32> &team, u32 *to, const FetchedRows<true, X> &rows, const u32 *factors, int words) {
  const int g = team.thread / 4, c = team.thread % 4;
  const int size = rows.count / words;
#pragma unroll 1
  for (int from = 0; from < size; from += 32) {
    float sums[2][4] = {};
    each_word<C>(words, [&](int w) {
      const Vec<u32, 4> b = load_vector<4>(factors + (w * 32 + team.thread) * 4);
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        const uint2 *const ranked = rows.ranked() + (from + m * 16 + g) * words + w;
        u32 low[4], high[4];
        take_byte(rows.values, ranked[0], c, low);
        take_byte(rows.values, ranked[8 * words], c, high);
        F::multiply_add(sums[m], low[0], high[0], low[1], high[1], b.elements[0], b.elements[1]);
        F::multiply_add(sums[m], low[2], high[2], low[3], high[3], b.elements[2], b.elements[3]);
      }
    });
    if (c < HEADS) {
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        to[(from + m * 16 + g) * HEADS + c] = __float_as_uint(whole_of<F>(sums[m][0], sums[m][1]));
        to[(from + m * 16 + g + 8) * HEADS + c] = __float_as_uint(whole_of<F>(sums[m][2], sums[m][3]));
      }
    }
  }
}

template <class F, int HEADS, int C, class X>
__device__ __forceinline__ void row_products(const Team<32> &, u32 *, const FetchedRows<false, X> &, const u32 *, int) {}

// Of sums a lane has sixteen for two words: those of eight channels for one head, in two parts.
template <int C>
__device__ __forceinline__ u32 *sums_of_words(Row<C, 8> &sums, int w) {
  if constexpr (C > 0) return sums.words + w * 8;
  else return sums.words + (w * 16 + threadIdx.x % 32) * 16;
}

template <int C>
__device__ __forceinline__ void clear_sums(Row<C, 8> &sums, int words) {
  each_word<C, 2>(C > 0 ? C : words, [&](int w) {
    u32 *const own = sums_of_words<C>(sums, w);
#pragma unroll
    for (int e = 0; e < 16; ++e) own[e] = 0u;
  });
}

template <int C>
__device__ __forceinline__ void scale_sums(Row<C, 8> &sums, int words, float scale) {
  each_word<C, 2>(words, [&](int w) {
    u32 *const own = sums_of_words<C>(sums, w);
#pragma unroll
    for (int e = 0; e < 16; ++e) own[e] = __float_as_uint(__uint_as_float(own[e]) * scale);
  });
}

template <int C>
__device__ __forceinline__ void scale_sums(Row<C, 8> &sums, int words, float first, float second, float third, float fourth) {
  const int c = threadIdx.x % 4;
  scale_sums<C>(sums, words, c == 0 ? first : c == 1 ? second : c == 2 ? third : fourth);
}

// Weights of 16 rows as lanes need them: of lane 4n + c those of column n for rows 2c, 2c + 1, 2c + 8, 2c + 9. Behind the last row: 0.
template <class F, int HEADS>
__device__ __forceinline__ void take_weights(const u32 *weights, int from, int size, u32 (&b)[2]) {
  const int n = threadIdx.x % 32 / 4, c = threadIdx.x % 4;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    float own[2];
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      const int row = from + h * 8 + 2 * c + j;
      const float weight = n / 2 < HEADS && row < size ? __uint_as_float(weights[row * HEADS + n / 2]) : 0.0f;
      own[j] = weight == 0.0f ? 0.0f : max_f32(weight * F::SCALE, F::LEAST);
    }
    const u32 first = F::encode_two(own[0], own[1]);
    const u32 rest = F::encode_two((own[0] - F::decode(u16(first))) * F::REST, (own[1] - F::decode(u16(first >> 16))) * F::REST);
    b[h] = n & 1 ? rest : first;
  }
}

// Adds 16 rows: of two words lane 4g + c has channels 8g to 8g + 7 of rows 2c and 2c + 1, and of 2c + 8 and 2c + 9; each matrix has two of
// the channels.
template <class F>
__device__ __forceinline__ void add_words(u32 *own, const u32 (&near)[8], const u32 (&far)[8], const u32 (&b)[2]) {
#pragma unroll
  for (int m = 0; m < 4; ++m) {
    float sums[4];
#pragma unroll
    for (int e = 0; e < 4; ++e) sums[e] = __uint_as_float(own[4 * m + e]);
    F::multiply_add(sums, near[2 * m], near[2 * m + 1], far[2 * m], far[2 * m + 1], b[0], b[1]);
#pragma unroll
    for (int e = 0; e < 4; ++e) own[4 * m + e] = __float_as_uint(sums[e]);
  }
}

// A word with the number of values before it; behind the last word of a row there is none.
__device__ __forceinline__ uint2 word_of_row(const uint2 *row, int w, int words) { return w < words ? row[w] : uint2{0u, 0u}; }

template <class F, int HEADS, int C, class X>
__device__ __forceinline__ void add_products(const Team<32> &team, Row<C, 8> &sums, const FetchedRows<true, X> &rows, const u32 *weights, int words) {
  const int g = team.thread / 4, c = team.thread % 4;
  const int size = rows.count / words;
#pragma unroll 1
  for (int from = 0; from < size; from += 16) {
    u32 b[2];
    take_weights<F, HEADS>(weights, from, size, b);
    const uint2 *const row = rows.ranked() + (from + 2 * c) * words;
    each_word<C, 2>(words, [&](int first) {
      const int w = first + g / 4;
      u32 near[8], far[8];
      take_bytes(rows.values, word_of_row(row, w, words), word_of_row(row + words, w, words), g % 4, near);
      take_bytes(rows.values, word_of_row(row + 8 * words, w, words), word_of_row(row + 9 * words, w, words), g % 4, far);
      add_words<F>(sums_of_words<C>(sums, first), near, far, b);
    });
  }
}

template <class F, int HEADS, int C, class X>
__device__ __forceinline__ void add_products(const Team<32> &, Row<C, 8> &, const FetchedRows<false, X> &, const u32 *, int) {}

// The same for rows that are not there. Sums in registers go round, so that there is little text.
template <class F, int HEADS, int C, class E>
__device__ __forceinline__ void add_elements(Row<C, 8> &sums, const u32 *weights, int words, int size, int hi, E element) {
  const int g = threadIdx.x % 32 / 4, c = threadIdx.x % 4;
#pragma unroll 1
  for (int from = 0; from < size; from += 16) {
    u32 b[2];
    take_weights<F, HEADS>(weights, from, size, b);
#pragma unroll 1
    for (int w = 0; w < (C > 0 ? C : words); w += 2) {
      u32 pairs[2][8] = {};
#pragma unroll 1
      for (int i = 0; i < 16; ++i) {
        const int row = from + 2 * c + i / 8 * 8, channel = w * 32 + 8 * g + i % 8;
        const u32 first = row < size && channel < hi ? F::encode(element(row, channel)) : 0u;
        const u32 second = row + 1 < size && channel < hi ? F::encode(element(row + 1, channel)) : 0u;
#pragma unroll
        for (int k = 0; k < 15; ++k) pairs[k / 8][k % 8] = pairs[(k + 1) / 8][(k + 1) % 8];
        pairs[1][7] = join_halves(first, second);
      }
      add_words<F>(sums_of_words<C>(sums, C > 0 ? 0 : w), pairs[0], pairs[1], b);
      if constexpr (C > 2) {
        u32 first[16];
#pragma unroll
        for (int e = 0; e < 16; ++e) first[e] = sums.words[e];
#pragma unroll
        for (int e = 0; e < C * 8; ++e) sums.words[e] = e < C * 8 - 16 ? sums.words[e + 16] : first[e % 16];
      }
    }
  }
}

template <class F, int HEADS, int C>
__device__ __forceinline__ void store_sums(u32 *to, Row<C, 8> &sums, int words, int hi) {
  const int g = threadIdx.x % 32 / 4, c = threadIdx.x % 4;
  each_word<C, 2>(words, [&](int w) {
    const u32 *const own = sums_of_words<C>(sums, w);
#pragma unroll
    for (int e = 0; e < 8; ++e) {
      const int channel = w * 32 + 8 * g + e;
      const float sum = whole_of<F>(__uint_as_float(own[2 * e]), __uint_as_float(own[2 * e + 1])) * (1.0f / F::SCALE);
      if (c < HEADS && channel < hi) to[channel * HEADS + c] = __float_as_uint(sum);
    }
  });
}
`
