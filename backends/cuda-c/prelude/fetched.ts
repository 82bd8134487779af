/** Packed rows that a team copies to memory that its block shares, and what is read from there. */
export const fetched = /* cuda */ `
// Starts to copy 16 bytes, or 4. Both addresses are multiples of as many.
__device__ __forceinline__ void start_copy(void *to, const void *from) {
  const u32 place = u32(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(place), "l"(from) : "memory");
}

__device__ __forceinline__ void start_copy_of_word(void *to, const void *from) {
  const u32 place = u32(__cvta_generic_to_shared(to));
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(place), "l"(from) : "memory");
}

// Until everything is there that this thread started to copy.
__device__ __forceinline__ void wait_for_copies() { asm volatile("cp.async.wait_all;" ::: "memory"); }

// Starts to copy elements lo..hi of a buffer to room for them and 16 bytes more; gives where they will be. They end at a multiple of 4
// bytes. Nothing behind them is read: nobody may have written there.
template <int T, class X>
__device__ __forceinline__ X *copy_range(const Team<T> &team, u32 *room, const X *buffer, int lo, int hi) {
  const int skew = int(reinterpret_cast<size_t>(buffer + lo) % 16);
  char *const to = reinterpret_cast<char *>(room);
  X *const first = reinterpret_cast<X *>(to + skew);
  // What is in front of them in the same 16 bytes may not be there to be read.
  if (lo < skew / int(sizeof(X))) {
#pragma unroll 1
    for (int i = team.thread; i < hi - lo; i += T) first[i] = buffer[lo + i];
  } else {
    constexpr int STEP = T * 16;
    const char *const start = reinterpret_cast<const char *>(buffer + lo) - skew;
    const int end = (hi - lo) * int(sizeof(X)) + skew;
    int at = team.thread * 16;
#pragma unroll 1
    for (; at + 3 * STEP + 16 <= end; at += 4 * STEP) {
#pragma unroll
      for (int k = 0; k < 4; ++k) start_copy(to + at + k * STEP, start + at + k * STEP);
    }
#pragma unroll 1
    for (; at + 16 <= end; at += STEP) start_copy(to + at, start + at);
#pragma unroll 1
    for (at = end / 16 * 16 + team.thread * 4; at < end; at += T * 4) start_copy_of_word(to + at, start + at);
  }
  return first;
}

// How many zeros are in front of the first bit, of which there is one.
__device__ __forceinline__ int leading_zeros(u32 bits) {
  int count;
  asm("bfind.shiftamt.u32 %0, %1;" : "=r"(count) : "r"(bits));
  return count;
}

// An address in memory that the block shares.
__device__ __forceinline__ u32 shared_place(const void *from) { return u32(__cvta_generic_to_shared(from)); }

// The element at a place of that memory if a bit is set, and the next place; else 0. Without a branch, and in as few instructions as it
// takes.
template <int E, class X>
__device__ __forceinline__ X next_kept(u32 bits, u32 &place, const X *) {
  X x;
  if constexpr (sizeof(X) == 2) {
    asm volatile(
        "{ .reg .pred holds; .reg .b32 bit; and.b32 bit, %2, %3; setp.ne.u32 holds, bit, 0;"
        " mov.u16 %0, 0; @holds ld.shared.u16 %0, [%1]; @holds add.u32 %1, %1, 2; }"
        : "=&h"(x), "+r"(place) : "r"(bits), "n"(1 << E));
  } else {
    u32 word;
    asm volatile(
        "{ .reg .pred holds; .reg .b32 bit; and.b32 bit, %2, %3; setp.ne.u32 holds, bit, 0;"
        " mov.u32 %0, 0; @holds ld.shared.b%4 %0, [%1]; @holds add.u32 %1, %1, %5; }"
        : "=&r"(word), "+r"(place) : "r"(bits), "n"(1 << E), "n"(int(sizeof(X)) * 8), "n"(int(sizeof(X))));
    memcpy(&x, &word, sizeof(X));
  }
  return x;
}

template <int E, int N, class X>
__device__ __forceinline__ void take_kept(u32 bits, u32 place, const X *from, Vec<X, N> &vector) {
  if constexpr (E < N) {
    vector.elements[E] = next_kept<E>(bits, place, from);
    take_kept<E + 1>(bits, place, from, vector);
  }
}

// Bitmap rows in memory that the block shares: each word with how many values come before it, and behind the last one words that keep
// nothing, up to \`whole\`. With S false there is no such memory.
template <bool S, class X>
struct FetchedRows {
  u32 *const scratch;
  const int length;
  const u32 *words;
  X *values;
  int count;
  int whole;
  // The last value where it has a word of 4 bytes for itself, which cannot be copied without what is behind it; and its place, or -1.
  X odd;
  int odd_place;
  __device__ __forceinline__ FetchedRows(u32 *scratch, int length) : scratch(scratch), length(length), words(scratch), values(nullptr), count(0), whole(0), odd(), odd_place(-1) {}
  __device__ __forceinline__ uint2 *ranked() const { return reinterpret_cast<uint2 *>(scratch); }
  // Where words are put, behind the ranked ones, and values, behind so many words.
  static __device__ __forceinline__ int words_at(int most) { return (most + 3) / 4 * 8; }
  static __device__ __forceinline__ int values_at(int words, int most) { return words_at(most) + (words + 6) / 4 * 4; }
  __device__ __forceinline__ bool fits(int first, int last, int lo, int hi, int most) const {
    return S && values_at(last - first, most) + ((hi - lo) * int(sizeof(X)) + 30) / 16 * 4 <= length;
  }
  // Whether they will be there.
  template <int T>
  __device__ __forceinline__ bool fetch(const Team<T> &team, const u32 *all, int first, int last, const X *from, int lo, int hi, int most) {
    if constexpr (!S) {
      return false;
    } else {
      const bool has_room = fits(first, last, lo, hi, most);
      count = has_room ? last - first : 0;
      whole = has_room ? most : 0;
      if (has_room) {
        words = copy_range(team, scratch + words_at(most), all, first, last);
        const bool is_odd = reinterpret_cast<size_t>(from + hi) % 4 != 0 && lo < hi;
        values = copy_range(team, scratch + values_at(last - first, most), from, lo, is_odd ? hi - 1 : hi);
        odd_place = is_odd ? hi - 1 - lo : -1;
        if (is_odd) odd = from[hi - 1];
      }
      return has_room;
    }
  }
  // The words are there for whoever copied them, then with their ranks for all after the next barrier.
  template <int T>
  __device__ __forceinline__ void await(Team<T> &team) {
    if constexpr (S) {
      if (team.thread == 0 && odd_place >= 0) values[odd_place] = odd;
      wait_for_copies();
      team.barrier();
      // Four words for each thread at a time and four behind those of all; both are counted at once.
      static_assert(T <= 256, "counts have 16 bits");
      int before = 0;
#pragma unroll 1
      for (int round = 0; round < whole; round += 8 * T) {
        const int i = round + 4 * team.thread;
        const Vec<u32, 4> own = take_words(i);
        Vec<u32, 4> others = {};
        if (round + 4 * T < whole) others = take_words(i + 4 * T);
        int both;
        const int counts = count_before(team, count_of(own) | count_of(others) << 16, both);
        store_ranked(i, own, before + (counts & 0xffff));
        before += both & 0xffff;
        store_ranked(i + 4 * T, others, before + (counts >> 16));
        before += both >> 16;
      }
    }
  }
  static __device__ __forceinline__ int count_of(const Vec<u32, 4> &own) {
    return __popc(own.elements[0]) + __popc(own.elements[1]) + __popc(own.elements[2]) + __popc(own.elements[3]);
  }
  // Words from a multiple of four on, with how many values come before each.
  __device__ __forceinline__ void store_ranked(int i, const Vec<u32, 4> &own, int rank) {
    if (i >= whole) return;
#pragma unroll
    for (int w = 0; w < 4; w += 2) {
      const int next = rank + __popc(own.elements[w]);
      store_vector(scratch + 2 * (i + w), Vec<u32, 4>{own.elements[w], u32(rank), own.elements[w + 1], u32(next)});
      rank = next + __popc(own.elements[w + 1]);
    }
  }
  // Words from a multiple of four on; behind the last one they are 0.
  __device__ __forceinline__ Vec<u32, 4> take_words(int i) const {
    if (i + 4 <= count && aligned<4>(words)) return load_vector<4>(words + i);
    Vec<u32, 4> own;
#pragma unroll
    for (int w = 0; w < 4; ++w) own.elements[w] = i + w < count ? words[i + w] : 0u;
    return own;
  }
  // Elements of a chunk, whose bits are in one word, of the row that begins with a word.
  template <int N>
  __device__ __forceinline__ Vec<X, N> load(const Chunk<N> &chunk, int word) const {
    const uint2 own = ranked()[word + chunk.first / 32];
    const u32 bits = own.x >> (chunk.first % 32);
    const X *from = values + (own.y + __popc(own.x & ((1u << (chunk.first % 32)) - 1u)));
    Vec<X, N> vector;
    take_kept<0>(bits, shared_place(from), from, vector);
    return vector;
  }
  __device__ __forceinline__ X at(int word, int i) const { return load(Chunk<1>{0, i}, word).elements[0]; }
  // Every kept element below hi of a row, in order.
  template <class F>
  __device__ __forceinline__ void each(int word, int hi, F visit) const {
    const X *value = values + ranked()[word].y;
#pragma unroll 1
    for (int first = 0; first < hi; first += 32, ++word) {
      u32 bits = __brev(ranked()[word].x);
      if (hi - first < 32) bits &= ~(0xffffffffu >> (hi - first));
#pragma unroll 1
      while (bits != 0) {
        const int i = leading_zeros(bits);
        bits ^= 0x80000000u >> i;
        visit(first + i, *value++);
      }
    }
  }
};

// What \`spread\` does, in little text: for loops that wait for nothing far away, in kernels that have much of it.
template <int C, int V, int T, class F>
__device__ __forceinline__ void spread_rolled(const Team<T> &team, int lo, int hi, bool, F visit) {
#pragma unroll 1
  for (int i = lo + team.thread; i < hi; i += T) visit(Chunk<1>{0, i});
}
`
