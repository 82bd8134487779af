/** Packed rows that a team copies to memory that its block shares, and what is read from there. */
export const fetched = /* cuda */ `
// Starts to copy the first so many of 16 bytes; the others become 0. Both addresses are multiples of 16.
__device__ __forceinline__ void start_copy(void *to, const void *from, int bytes) {
  const u32 place = u32(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(place), "l"(from), "r"(bytes) : "memory");
}

// What was started since the last time is one group.
__device__ __forceinline__ void end_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Until no more than so many groups are under way.
template <int YOUNGER>
__device__ __forceinline__ void wait_for_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(YOUNGER) : "memory"); }

// Starts to copy elements lo..hi of a buffer to room for them and 16 bytes more; gives where they will be.
template <int T, class X>
__device__ __forceinline__ X *copy_range(const Team<T> &team, u32 *room, const X *buffer, int lo, int hi) {
  const int skew = int(reinterpret_cast<size_t>(buffer + lo) % 16);
  char *const to = reinterpret_cast<char *>(room);
  X *const first = reinterpret_cast<X *>(to + skew);
  // What is in front of them in the same 16 bytes may not be there to be read.
  if (lo < skew / int(sizeof(X))) {
    for (int i = team.thread; i < hi - lo; i += T) first[i] = buffer[lo + i];
  } else {
    const int bytes = (hi - lo) * int(sizeof(X)) + skew;
    const char *const from = reinterpret_cast<const char *>(buffer + lo) - skew;
    for (int i = team.thread * 16; i < bytes; i += T * 16) start_copy(to + i, from + i, min(16, bytes - i));
  }
  return first;
}

// How many zeros are in front of the first bit, of which there is one.
__device__ __forceinline__ int leading_zeros(u32 bits) {
  int count;
  asm("bfind.shiftamt.u32 %0, %1;" : "=r"(count) : "r"(bits));
  return count;
}

// Bitmap rows in memory that the block shares: each word with how many values come before it. With S false there is no such memory.
template <bool S, class X>
struct FetchedRows {
  u32 *const scratch;
  const int length;
  const u32 *words;
  const X *values;
  int count;
  __device__ __forceinline__ FetchedRows(u32 *scratch, int length) : scratch(scratch), length(length), words(scratch), values(nullptr), count(0) {}
  __device__ __forceinline__ uint2 *ranked() const { return reinterpret_cast<uint2 *>(scratch); }
  // Whether they will be there.
  template <int T>
  __device__ __forceinline__ bool fetch(const Team<T> &team, const u32 *all, int first, int last, const X *from, int lo, int hi) {
    if constexpr (!S) {
      return false;
    } else {
      const int words_at = (last - first + 2) / 2 * 4;
      const int values_at = words_at + (last - first + 6) / 4 * 4;
      const bool fits = values_at + ((hi - lo) * int(sizeof(X)) + 30) / 16 * 4 <= length;
      count = fits ? last - first : 0;
      if (fits) {
        words = copy_range(team, scratch + words_at, all, first, last);
        values = copy_range(team, scratch + values_at, from, lo, hi);
      }
      end_copies();
      return fits;
    }
  }
  // The words are there for whoever copied them, then with their ranks for all after the next barrier.
  template <int YOUNGER, int T>
  __device__ __forceinline__ void await(Team<T> &team) {
    if constexpr (S) {
      wait_for_copies<YOUNGER>();
      team.barrier();
      const int each = (count + T - 1) / T;
      const int first = min(team.thread * each, count);
      const int last = min(first + each, count);
      int own = 0;
      for (int i = first; i < last; ++i) own += __popc(words[i]);
      int total;
      u32 before = u32(count_before(team, own, total));
      for (int i = first; i < last; ++i) {
        const u32 word = words[i];
        ranked()[i] = uint2{word, before};
        before += __popc(word);
      }
    }
  }
  // Elements of a chunk, whose bits are in one word, of the row that begins with a word.
  template <int N>
  __device__ __forceinline__ Vec<X, N> load(const Chunk<N> &chunk, int word) const {
    const uint2 own = ranked()[word + chunk.first / 32];
    const u32 bits = own.x >> (chunk.first % 32);
    const X *from = values + (own.y + __popc(own.x & ((1u << (chunk.first % 32)) - 1u)));
    Vec<X, N> vector;
#pragma unroll
    for (int e = 0; e < N; ++e) {
      const bool holds = bits >> e & 1u;
      vector.elements[e] = holds ? *from : X(0);
      from += holds;
    }
    return vector;
  }
  __device__ __forceinline__ X at(int word, int i) const { return load(Chunk<1>{0, i}, word).elements[0]; }
  // Every kept element below hi of a row, in order.
  template <class F>
  __device__ __forceinline__ void each(int word, int hi, F visit) const {
    const X *value = values + ranked()[word].y;
    for (int first = 0; first < hi; first += 32, ++word) {
      u32 bits = __brev(ranked()[word].x);
      if (hi - first < 32) bits &= ~(0xffffffffu >> (hi - first));
      while (bits != 0) {
        const int i = leading_zeros(bits);
        bits ^= 0x80000000u >> i;
        visit(first + i, *value++);
      }
    }
  }
};

// Neighbours in a row of scratch, at a multiple of their number.
template <bool S, int N>
__device__ __forceinline__ Vec<u32, N> load_scratch(const u32 *from) {
  if constexpr (S) {
    return load_vector<N>(from);
  } else {
    Vec<u32, N> vector;
#pragma unroll
    for (int e = 0; e < N; ++e) vector.elements[e] = from[e];
    return vector;
  }
}
`
