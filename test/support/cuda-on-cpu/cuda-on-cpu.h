// What emitted CUDA C uses of CUDA, on a processor: the threads of a block are coroutines that wait for each other in barriers,
// shuffles and reductions. Blocks run one after the other.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define __device__
#define __global__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __shared__ static

struct Index {
  unsigned x;
};
static Index threadIdx, blockIdx, blockDim, gridDim;
struct uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
alignas(16) static uint32_t scratch_words[1 << 16];

static const int MOST_THREADS = 1024, STACK = 1 << 17;
struct Fiber {
  ucontext_t context;
  char *stack;
  bool is_done;
};
static Fiber fibers[MOST_THREADS];
static ucontext_t scheduler;

static void wait_for_others() {
  const unsigned self = threadIdx.x;
  swapcontext(&fibers[self].context, &scheduler);
  threadIdx.x = self;
}

// Where as many threads as are expected meet; what they bring is there until they meet for the second time after.
struct Meeting {
  int arrived, generation;
  uint64_t values[2][32];
};
static Meeting of_block, of_lanes[MOST_THREADS / 32][32];

static uint64_t *meet(Meeting &meeting, int expected, uint64_t value) {
  const int generation = meeting.generation;
  uint64_t *const values = meeting.values[generation & 1];
  values[threadIdx.x % 32] = value;
  if (++meeting.arrived == expected) {
    meeting.arrived = 0;
    ++meeting.generation;
  } else {
    while (meeting.generation == generation) wait_for_others();
  }
  return values;
}

static void __syncthreads() { meet(of_block, blockDim.x, 0); }
static uint64_t *meet_lanes(unsigned lanes, uint64_t value) {
  return meet(of_lanes[threadIdx.x / 32][__builtin_ctz(lanes)], __builtin_popcount(lanes), value);
}
static void __syncwarp(unsigned lanes) { meet_lanes(lanes, 0); }

template <class X>
static X from_lane(unsigned lanes, X x, int lane) {
  uint64_t bits = 0;
  memcpy(&bits, &x, sizeof(X));
  const uint64_t *const values = meet_lanes(lanes, bits);
  if (!(lanes >> lane & 1)) {
    fprintf(stderr, "a thread asks lane %d, which is not in %x\n", lane, lanes);
    abort();
  }
  memcpy(&x, &values[lane], sizeof(X));
  return x;
}
static int lane_of_thread() { return threadIdx.x % 32; }
template <class X>
static X __shfl_sync(unsigned lanes, X x, int lane, int width = 32) {
  return from_lane(lanes, x, lane_of_thread() / width * width + lane % width);
}
template <class X>
static X __shfl_xor_sync(unsigned lanes, X x, int mask, int) {
  return from_lane(lanes, x, lane_of_thread() ^ mask);
}
template <class X>
static X __shfl_up_sync(unsigned lanes, X x, int distance, int width = 32) {
  const int self = lane_of_thread();
  return from_lane(lanes, x, self % width < distance ? self : self - distance);
}
template <class X>
static X __shfl_down_sync(unsigned lanes, X x, int distance, int width = 32) {
  const int self = lane_of_thread();
  return from_lane(lanes, x, self % width + distance >= width || !(lanes >> (self + distance) & 1) ? self : self + distance);
}

template <class X, class F>
static X reduce_lanes(unsigned lanes, X x, F of) {
  const uint64_t *const values = meet_lanes(lanes, uint32_t(x));
  bool is_first = true;
  X all = x;
  for (int lane = 0; lane < 32; ++lane) {
    if (!(lanes >> lane & 1)) continue;
    all = is_first ? X(values[lane]) : of(all, X(values[lane]));
    is_first = false;
  }
  return all;
}
#define REDUCTION(name, X, expression) \
  static X name(unsigned lanes, X value) { \
    return reduce_lanes(lanes, value, [](X x, X y) { return X(expression); }); \
  }
REDUCTION(__reduce_add_sync, int, unsigned(x) + unsigned(y))
REDUCTION(__reduce_add_sync, unsigned, x + y)
REDUCTION(__reduce_min_sync, int, x < y ? x : y)
REDUCTION(__reduce_min_sync, unsigned, x < y ? x : y)
REDUCTION(__reduce_max_sync, int, x > y ? x : y)
REDUCTION(__reduce_max_sync, unsigned, x > y ? x : y)
REDUCTION(__reduce_and_sync, unsigned, x & y)
REDUCTION(__reduce_or_sync, unsigned, x | y)
static unsigned __ballot_sync(unsigned lanes, bool x);
static bool __any_sync(unsigned lanes, bool x) { return __ballot_sync(lanes, x) != 0; }
static unsigned __ballot_sync(unsigned lanes, bool x) {
  const uint64_t *const values = meet_lanes(lanes, x);
  unsigned all = 0;
  for (int lane = 0; lane < 32; ++lane)
    if (lanes >> lane & 1) all |= unsigned(values[lane]) << lane;
  return all;
}

static int min(int x, int y) { return x < y ? x : y; }
static unsigned min(unsigned x, unsigned y) { return x < y ? x : y; }
static long long min(long long x, long long y) { return x < y ? x : y; }
static int max(int x, int y) { return x > y ? x : y; }
static unsigned max(unsigned x, unsigned y) { return x > y ? x : y; }
static long long max(long long x, long long y) { return x > y ? x : y; }

template <class Y, class X>
static Y same_bits(X x) {
  static_assert(sizeof(X) == sizeof(Y), "bits");
  Y y;
  memcpy(&y, &x, sizeof(X));
  return y;
}
static int __float_as_int(float x) { return same_bits<int>(x); }
static unsigned __float_as_uint(float x) { return same_bits<unsigned>(x); }
static float __int_as_float(int x) { return same_bits<float>(x); }
static float __uint_as_float(unsigned x) { return same_bits<float>(x); }
static long long __double_as_longlong(double x) { return same_bits<long long>(x); }
static double __longlong_as_double(long long x) { return same_bits<double>(x); }

static long long truncated(double x, double least, double most) {
  return x != x ? 0 : x <= least ? (long long)least : x >= most ? (long long)most : (long long)x;
}
static int __float2int_rz(float x) { return int(truncated(x, -2147483648.0, 2147483647.0)); }
static unsigned __float2uint_rz(float x) { return unsigned(truncated(x, 0.0, 4294967295.0)); }
static int __double2int_rz(double x) { return int(truncated(x, -2147483648.0, 2147483647.0)); }
static unsigned __double2uint_rz(double x) { return unsigned(truncated(x, 0.0, 4294967295.0)); }
static long long __double2ll_rz(double x) {
  return x >= 9223372036854775808.0 ? 0x7fffffffffffffff : truncated(x, -9223372036854775808.0, 9223372036854774784.0);
}
static long long __float2ll_rz(float x) { return __double2ll_rz(x); }
static float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
static float __fdividef(float x, float y) { return x / y; }
// Copies that are started on a GPU are done here; addresses that it refuses are refused.
static void cpu_copy(void *to, const void *from, int bytes) {
  if (((size_t)to | (size_t)from) % bytes != 0) abort();
  memcpy(to, from, bytes);
}

static int __popc(unsigned x) { return __builtin_popcount(x); }
static unsigned cpu_select_bits(unsigned x, unsigned y, unsigned mask) { return (x & mask) | (y & ~mask); }
static unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
  const uint64_t bytes = x | uint64_t(y) << 32;
  unsigned chosen = 0;
  for (int i = 0; i < 4; ++i) chosen |= unsigned(bytes >> (selector >> 4 * i & 7u) * 8 & 255u) << 8 * i;
  return chosen;
}
static int __clz(unsigned x) { return x == 0 ? 32 : __builtin_clz(x); }
static unsigned __brev(unsigned x) {
  unsigned y = 0;
  for (int i = 0; i < 32; ++i) y |= (x >> i & 1) << (31 - i);
  return y;
}
static void __trap() {
  fprintf(stderr, "a kernel trapped\n");
  abort();
}

template <class X>
static X atomicAdd(X *at, X x) { return __atomic_fetch_add(at, x, 0); }
template <class X>
static X atomicOr(X *at, X x) { return __atomic_fetch_or(at, x, 0); }
template <class X>
static X atomicMax(X *at, X x) { X old = *at; *at = max(old, x); return old; }
template <class X>
static X atomicMin(X *at, X x) { X old = *at; *at = min(old, x); return old; }

// The product of matrices that the lanes of a warp have parts of, as `mma.sync.m16n8k16` has them.
static void cpu_multiply_add(float (&sums)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1,
                             float (*decode)(unsigned short)) {
  uint64_t parts[3][32];
  const uint64_t own[3] = {a0 | uint64_t(a1) << 32, a2 | uint64_t(a3) << 32, b0 | uint64_t(b1) << 32};
  for (int p = 0; p < 3; ++p) memcpy(parts[p], meet_lanes(0xffffffffu, own[p]), sizeof(parts[p]));
  const auto half = [&](int part, int lane, int at) { return decode((unsigned short)(parts[part][lane] >> 16 * at)); };
  for (int e = 0; e < 4; ++e) {
    const int row = lane_of_thread() / 4 + e / 2 * 8, column = lane_of_thread() % 4 * 2 + e % 2;
    for (int k = 0; k < 16; ++k) {
      const int lane = k % 8 / 2;
      sums[e] += half(k / 8, row % 8 * 4 + lane, row / 8 * 2 + k % 2) * half(2, column * 4 + lane, k / 8 * 2 + k % 2);
    }
  }
}

// In the place of single instructions.
static float cpu_min_nan(float x, float y) { return x != x || y != y ? NAN : fminf(x, y); }
static float cpu_max_nan(float x, float y) { return x != x || y != y ? NAN : fmaxf(x, y); }
static float cpu_decode_f16(unsigned short bits) {
  const unsigned exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const float size = exponent == 31  ? (mantissa ? NAN : INFINITY)
                     : exponent == 0 ? ldexpf(float(mantissa), -24)
                                     : ldexpf(float(mantissa + 1024), int(exponent) - 25);
  return bits & 0x8000 ? -size : size;
}
static unsigned short cpu_encode_f16(float x) {
  const unsigned short sign = same_bits<unsigned>(x) >> 16 & 0x8000;
  const float size = fabsf(x);
  if (x != x) return 0x7fff;
  if (size >= 65520.0f) return sign | 0x7c00;
  if (size < 0x1p-14f) return sign | (unsigned short)rintf(size * 0x1p24f);
  int exponent;
  const float mantissa = frexpf(size, &exponent);
  return sign | (unsigned short)(((exponent + 14) << 10) + int(rintf(mantissa * 2048.0f)) - 1024);
}
static unsigned short cpu_encode_bf16(float x) {
  const unsigned bits = same_bits<unsigned>(x);
  return x != x ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
template <unsigned short (*encode)(float)>
static unsigned cpu_encode_two(float high, float low) {
  return encode(low) | unsigned(encode(high)) << 16;
}

// Parameters as bytes; addresses are those of the device, and become those of the memory that stands for it.
struct Memory {
  int count;
  const uint64_t *device, *sizes, *host;
};
static Memory device_memory;
static const char *parameters;
static size_t parameter_at;

template <class X>
struct IsPointer {
  static constexpr bool yes = false;
};
template <class X>
struct IsPointer<X *> {
  static constexpr bool yes = true;
};

template <class X>
static X next_parameter() {
  parameter_at = (parameter_at + sizeof(X) - 1) / sizeof(X) * sizeof(X);
  uint64_t bits = 0;
  memcpy(&bits, parameters + parameter_at, sizeof(X));
  parameter_at += sizeof(X);
  if constexpr (IsPointer<X>::yes) {
    if (bits != 0) {
      int i = 0;
      while (i < device_memory.count && bits - device_memory.device[i] >= device_memory.sizes[i]) ++i;
      if (i == device_memory.count) {
        fprintf(stderr, "a pointer to nothing\n");
        abort();
      }
      bits = device_memory.host[i] + (bits - device_memory.device[i]);
    }
  }
  X x;
  memcpy(&x, &bits, sizeof(X));
  return x;
}

static void (*run_thread)();

static void fiber_main() {
  const unsigned self = threadIdx.x;
  run_thread();
  fibers[self].is_done = true;
  setcontext(&scheduler);
}

static void run_block(int threads) {
  for (int t = 0; t < threads; ++t) {
    Fiber &fiber = fibers[t];
    if (fiber.stack == nullptr) fiber.stack = (char *)malloc(STACK);
    fiber.is_done = false;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack;
    fiber.context.uc_stack.ss_size = STACK;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, fiber_main, 0);
  }
  for (int alive = threads; alive > 0;) {
    alive = 0;
    for (int t = 0; t < threads; ++t) {
      if (fibers[t].is_done) continue;
      threadIdx.x = t;
      swapcontext(&scheduler, &fibers[t].context);
      alive += !fibers[t].is_done;
    }
  }
}

#define CPU_START(entry) \
  template <class... X> \
  static void call_entry(void (*kernel)(X...)) { \
    parameter_at = 0; \
    struct Call { \
      Call(void (*kernel)(X...), X... x) { kernel(x...); } \
    }; \
    Call{kernel, next_parameter<X>()...}; \
  } \
  static void entry_thread() { call_entry(entry); } \
  extern "C" void start(const char *given, int blocks, int threads, int count, const uint64_t *device, const uint64_t *sizes, \
                        const uint64_t *host) { \
    parameters = given; \
    device_memory = Memory{count, device, sizes, host}; \
    gridDim.x = blocks; \
    blockDim.x = threads; \
    run_thread = entry_thread; \
    for (int block = 0; block < blocks; ++block) { \
      blockIdx.x = block; \
      run_block(threads); \
    } \
    for (int t = 0; t < threads; ++t) { \
      free(fibers[t].stack); \
      fibers[t].stack = nullptr; \
    } \
  } \
  extern "C" uint64_t address(const void *at) { return (uint64_t)at; }
