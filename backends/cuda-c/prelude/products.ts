/**
 * Products of packed rows with factors and weights on tensor cores, by a warp. A 32-bit number is taken as the sum of two of 16 bits, in
 * neighbouring columns of a matrix, so that the results are nearly those of 32-bit arithmetic.
 */

/**
 * Takes the channels of a byte of a half, one behind the other from the place between both bytes, up or down: down a place is counted by
 * what is not kept. Each place has a register of its own, for one that a load reads can be written only when that load has left a queue.
 */
function take(name: string, shift: number, down: boolean): string {
  const channels = [0, 1, 2, 3, 4, 5, 6, 7]
  const walk = down ? channels.toReversed() : channels
  const instructions = walk.map((e, i) => {
    const bit = shift + e
    const place = i === 0 ? '%8' : `q${e}`
    const next = `q${walk[i + 1]}`
    const test = `and.b32 t, ${down ? 'bits' : '%9'}, ${1 << bit}; setp.${down ? 'eq' : 'ne'}.u32 p, t, 0;`
    const load = `mov.u32 %${e}, 0; @p ld.shared.u16 %${e}, [${place}${down ? ` + ${2 * e - 16}` : ''}];`
    const step = bit === 1 ? `add.u32 ${next}, ${place}, t;` : `shr.u32 t, t, ${bit - 1}; add.u32 ${next}, ${place}, t;`
    return i === 7 ? `${test} ${load}` : `${test} ${load} ${step}`
  })
  const results = channels.map((e) => `"=&r"(x[${e}])`)
  return `template <class X>
__device__ __forceinline__ void ${name}(KeptHalf half, u32 (&x)[8], const X *) {
  asm("{ .reg .pred p; .reg .b32 t, bits, q<8>;${down ? ' not.b32 bits, %9;' : ''}"
${instructions.map((line) => `      " ${line}"`).join('\n')}
      " }" : ${results.join(', ')} : "r"(half.place), "r"(half.bits));
}`
}

/** Numbers of 16 bits as tensor cores take them, with what is known of a format: SCALE, LEAST and REST. */
function numbers(name: string, format: 'f16' | 'bf16', [scale, least, rest]: readonly [string, string, string]): string {
  return `struct ${name}Products {
  static constexpr float SCALE = ${scale}, LEAST = ${least}, REST = ${rest};
  static __device__ __forceinline__ u16 encode(float x) { return encode_${format}(x); }
  static __device__ __forceinline__ u32 encode_two(float low, float high) {
    u32 both;
    asm("cvt.rn.${format}x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
    return both;
  }
  static __device__ __forceinline__ float decode(u16 bits) { return decode_${format}(bits); }
  static __device__ __forceinline__ void multiply_add(float (&sums)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.${format}.${format}.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
};`
}

export const products = /* cuda */ `
// Numbers of tensor cores. SCALE: of weights from 0 to 1, of which the small ones would be 0 otherwise; LEAST: of those that are not 0;
// REST: of what the nearest number lacks.
${numbers('Half', 'f16', ['32768.0f', '5.9604644775390625e-8f', '2048.0f'])}

${numbers('Bfloat', 'bf16', ['1.0f', '1.1754943508222875e-38f', '256.0f'])}

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
// part of a head's, for the lane's half of two words, a byte of it for each of the two. Gives whether all are finite and lack little.
template <class F, int HEADS, class E>
__device__ __forceinline__ bool pack_factors(const Team<32> &team, u32 *to, int words, int channels, E factor) {
  const int head = team.thread / 8, c = team.thread % 4;
  const bool rest = team.thread & 4;
  bool fits = true;
#pragma unroll 1
  for (int w = 0; w < words; ++w) {
    const int near = w / 2 * 64 + c * 16 + w % 2 * 8;
    // All of them are read before any is packed.
    float own[8];
#pragma unroll
    for (int e = 0; e < 8; ++e) own[e] = factor(min(near + e, channels - 1), min(head, HEADS - 1));
    Vec<u32, 4> packed;
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      u16 parts[2];
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const float x = head < HEADS && near + k * 2 + j < channels ? own[k * 2 + j] : 0.0f;
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

// Where what the upper byte of half a row's word keeps begins, and what the lower one keeps ends; and the bits of both.
struct KeptHalf {
  u32 bits;
  u32 place;
};

template <class X>
__device__ __forceinline__ KeptHalf half_of(const X *values, uint2 ranked, int half) {
  return KeptHalf{ranked.x >> (16 * half), nth_place(values, int(ranked.y) + __popc(ranked.x & (half ? 0xffffffu : 0xffu)))};
}

// One byte, as the upper one.
template <class X>
__device__ __forceinline__ KeptHalf byte_of(const X *values, uint2 ranked, int byte) {
  const int before = __popc(ranked.x & ((1u << (8 * byte)) - 1u));
  return KeptHalf{ranked.x >> (8 * byte) << 8, nth_place(values, int(ranked.y) + before)};
}

// The channels of a byte of a half, each a number of 16 bits; what is not kept is 0.
${take('take_upper', 8, false)}

${take('take_lower', 0, true)}

// For every word of a row, of which there are at most C; any number where C is 0.
template <int C, int STEP, class F>
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

// Adds the products of eight channels of two rows, which are in a lane. Values stay numbers of their own, beside which a matrix has 0,
// instead of being joined: that takes two matrices more.
template <class F>
__device__ __forceinline__ void add_row_products(float (&sums)[4], const u32 (&near)[8], const u32 (&far)[8], const Vec<u32, 4> &factors) {
#pragma unroll
  for (int k = 0; k < 4; k += 2) {
    const u32 first = factors.elements[k], second = factors.elements[k + 1];
    F::multiply_add(sums, near[2 * k], far[2 * k], near[2 * k + 2], far[2 * k + 2], first, second);
    F::multiply_add(sums, near[2 * k + 1], far[2 * k + 1], near[2 * k + 3], far[2 * k + 3], first >> 16, second >> 16);
  }
}

// Sums of rows with factors. Of a matrix of 16 rows lane 4g + c has rows g and g + 8, and of each two words half c.
template <class F, int HEADS, class X>
__device__ __forceinline__ void row_products(const Team<32> &team, u32 *to, const FetchedRows<true, X> &rows, const u32 *factors, int words) {
  const int g = team.thread / 4, c = team.thread % 4;
  const int size = rows.count / words;
#pragma unroll 1
  for (int from = 0; from < size; from += 32) {
    float sums[2][4] = {};
#pragma unroll 1
    for (int w = 0; w < words; w += 2) {
      const uint2 *const ranked = rows.ranked() + (from + g) * words + w + c / 2;
      const u32 *const own = factors + (w * 32 + team.thread) * 4;
      KeptHalf kept[4];
#pragma unroll
      for (int r = 0; r < 4; ++r) kept[r] = half_of(rows.values, ranked[8 * r * words], c % 2);
#pragma unroll
      for (int byte = 0; byte < 2; ++byte) {
        const Vec<u32, 4> factor = load_vector<4>(own + 128 * byte);
#pragma unroll
        for (int m = 0; m < 2; ++m) {
          u32 x[2][8];
#pragma unroll
          for (int r = 0; r < 2; ++r) {
            if (byte == 0) take_lower(kept[2 * m + r], x[r], rows.values);
            else take_upper(kept[2 * m + r], x[r], rows.values);
          }
          add_row_products<F>(sums[m], x[0], x[1], factor);
        }
      }
    }
    if (c < HEADS) {
#pragma unroll
      for (int m = 0; m < 2; ++m) {
        to[(from + m * 16 + g) * HEADS + c] = __float_as_uint(whole_of<F>(sums[m][0], sums[m][1]));
        to[(from + m * 16 + g + 8) * HEADS + c] = __float_as_uint(whole_of<F>(sums[m][2], sums[m][3]));
      }
    }
  }
}

template <class F, int HEADS, class X>
__device__ __forceinline__ void row_products(const Team<32> &, u32 *, const FetchedRows<false, X> &, const u32 *, int) {}

// Of sums a lane has sixteen for two words: those of eight channels for one head, in two parts. Where there are four words, it has the two
// bytes of a half of one of them, else one byte.
template <int C>
__device__ __forceinline__ int channel_of_sums(int w) {
  const int g = threadIdx.x % 32 / 4;
  return C >= 4 ? w / 4 * 128 + 16 * g + w % 4 * 4 : w * 32 + 8 * g;
}

// Words of sums, which words of a row are rounded up to.
template <int C>
__device__ __forceinline__ int words_of_sums(int words) { return C >= 4 ? (words + 3) / 4 * 4 : words; }

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
  each_word<C, 2>(words_of_sums<C>(words), [&](int w) {
    u32 *const own = sums_of_words<C>(sums, w);
#pragma unroll
    for (int e = 0; e < 16; ++e) own[e] = __float_as_uint(__uint_as_float(own[e]) * scale);
  });
}

// Weights of 16 rows as lanes need them: of lane 4n + c those of column n for rows c and c + 8, then c + 4 and c + 12.
template <int HEADS>
__device__ __forceinline__ void take_weights(const u32 *weights, int from, u32 (&b)[2]) {
  const int n = threadIdx.x % 32 / 4, c = threadIdx.x % 4;
  const u32 *const own = weights + (from / 2 + c) * 2 * HEADS + n;
  b[0] = n < 2 * HEADS ? own[0] : 0u;
  b[1] = n < 2 * HEADS ? own[8 * HEADS] : 0u;
}

// Adds 16 rows of two in each lane and number of 16 bits: each matrix has two channels of a lane.
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

// Of a matrix of 16 rows lane 4g + c has rows c, c + 4, c + 8 and c + 12. Values stay numbers of their own, beside which a matrix has 0,
// instead of being joined: that takes a matrix more.
template <class F, int HEADS, int C, class X>
__device__ __forceinline__ void add_products(const Team<32> &team, Row<C, 8> &sums, const FetchedRows<true, X> &rows, const u32 *weights, int words) {
  constexpr int BYTES = C >= 4 ? 2 : 1;
  const int g = team.thread / 4, c = team.thread % 4;
  const int size = rows.count / words;
#pragma unroll 1
  for (int from = 0; from < size; from += 16) {
    u32 b[2];
    take_weights<HEADS>(weights, from, b);
    const u32 low[2] = {b[0] & 0xffffu, b[1] & 0xffffu}, high[2] = {b[0] >> 16, b[1] >> 16};
    const uint2 *const row = rows.ranked() + (from + c) * words;
    each_word<C, 2 * BYTES>(words, [&](int first) {
      KeptHalf kept[4];
#pragma unroll
      for (int r = 0; r < 4; ++r) {
        const uint2 ranked = word_of_row(row + r * 4 * words, first + g * BYTES / 4, words);
        kept[r] = BYTES == 2 ? half_of(rows.values, ranked, g % 2) : byte_of(rows.values, ranked, g % 4);
      }
#pragma unroll
      for (int byte = 0; byte < BYTES; ++byte) {
        u32 x[4][8];
#pragma unroll
        for (int r = 0; r < 4; ++r) {
          if (BYTES == 2 && byte == 0) take_lower(kept[r], x[r], rows.values);
          else take_upper(kept[r], x[r], rows.values);
        }
        u32 *const own = sums_of_words<C>(sums, first + 2 * byte);
        add_words<F>(own, x[0], x[1], low);
        add_words<F>(own, x[2], x[3], high);
      }
    });
  }
}

template <class F, int HEADS, int C, class X>
__device__ __forceinline__ void add_products(const Team<32> &, Row<C, 8> &, const FetchedRows<false, X> &, const u32 *, int) {}

// The same for rows that are not there. Sums in registers go round, so that there is little text.
template <class F, int HEADS, int C, class E>
__device__ __forceinline__ void add_elements(Row<C, 8> &sums, const u32 *weights, int words, int size, int hi, E element) {
  const int c = threadIdx.x % 4;
#pragma unroll 1
  for (int from = 0; from < size; from += 16) {
    u32 b[2];
    take_weights<HEADS>(weights, from, b);
#pragma unroll 1
    for (int w = 0; w < (C > 0 ? C : words); w += 2) {
      u32 pairs[2][8] = {};
#pragma unroll 1
      for (int i = 0; i < 16; ++i) {
        const int row = from + c + i / 8 * 4, channel = channel_of_sums<C>(w) + i % 8;
        const u32 first = row < size && channel < hi ? F::encode(element(row, channel)) : 0u;
        const u32 second = row + 8 < size && channel < hi ? F::encode(element(row + 8, channel)) : 0u;
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

// To where the sums of each head begin.
template <class F, int HEADS, int C, class P>
__device__ __forceinline__ void store_sums(float *to, Row<C, 8> &sums, int words, int hi, P place) {
  const int c = threadIdx.x % 4;
  float *const first = to + place(min(c, HEADS - 1));
  each_word<C, 2>(words_of_sums<C>(words), [&](int w) {
    const u32 *const own = sums_of_words<C>(sums, w);
    const int channel = channel_of_sums<C>(w);
    Vec<float, 4> all[2];
#pragma unroll
    for (int e = 0; e < 8; ++e)
      all[e / 4].elements[e % 4] = whole_of<F>(__uint_as_float(own[2 * e]), __uint_as_float(own[2 * e + 1])) * (1.0f / F::SCALE);
#pragma unroll
    for (int part = 0; part < 2; ++part) {
      float *const at = first + channel + part * 4;
      if (c >= HEADS) continue;
      if (channel + part * 4 + 4 <= hi && aligned<4>(at)) store_vector(at, all[part]);
      else
#pragma unroll
        for (int e = 0; e < 4; ++e)
          if (channel + part * 4 + e < hi) at[e] = all[part].elements[e];
    }
  });
}

// What the first lane of each head has.
template <int HEADS, class P>
__device__ __forceinline__ void store_heads(float *to, float x, P place) {
  const int lane = threadIdx.x % 32;
  if (lane < HEADS) to[place(lane)] = x;
}
`
