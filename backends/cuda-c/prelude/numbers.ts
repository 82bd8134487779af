/** Where C++ leaves open what kernels mean: integers that overflow or are divided by zero, floats that become integers, NaN. */
export const numbers = /* cuda */ `
__device__ __forceinline__ bool is_nan(float x) {
  return x != x;
}

__device__ __forceinline__ bool is_nan(double x) {
  return x != x;
}

__device__ __forceinline__ float min_f32(float x, float y) {
  float least;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(least) : "f"(x), "f"(y));
  return least;
}

__device__ __forceinline__ float max_f32(float x, float y) {
  float most;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(most) : "f"(x), "f"(y));
  return most;
}

__device__ __forceinline__ double min_f64(double x, double y) {
  return x != x ? x : y != y ? y : fmin(x, y);
}

__device__ __forceinline__ double max_f64(double x, double y) {
  return x != x ? x : y != y ? y : fmax(x, y);
}

__device__ __forceinline__ int abs_i32(int x) {
  return x < 0 ? int(0u - u32(x)) : x;
}

__device__ __forceinline__ i64 abs_i64(i64 x) {
  return x < 0 ? i64(0ull - u64(x)) : x;
}

// Zeros and NaN are their own sign.
__device__ __forceinline__ float sign_f32(float x) {
  return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x;
}

__device__ __forceinline__ double sign_f64(double x) {
  return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
}

__device__ __forceinline__ int sign_i32(int x) {
  return (x > 0) - (x < 0);
}

__device__ __forceinline__ i64 sign_i64(i64 x) {
  return (x > 0) - (x < 0);
}

// Integers divided by zero give 0; the lowest one divided by -1 is itself.
__device__ __forceinline__ int div_i32(int x, int y) {
  return y == 0 ? 0 : y == -1 ? int(0u - u32(x)) : x / y;
}

__device__ __forceinline__ u32 div_u32(u32 x, u32 y) {
  return y == 0u ? 0u : x / y;
}

__device__ __forceinline__ i64 div_i64(i64 x, i64 y) {
  return y == 0 ? 0 : y == -1 ? i64(0ull - u64(x)) : x / y;
}

__device__ __forceinline__ int rem_i32(int x, int y) {
  return y == 0 || y == -1 ? 0 : x % y;
}

__device__ __forceinline__ u32 rem_u32(u32 x, u32 y) {
  return y == 0u ? 0u : x % y;
}

__device__ __forceinline__ i64 rem_i64(i64 x, i64 y) {
  return y == 0 || y == -1 ? 0 : x % y;
}

__device__ __forceinline__ int floordiv_i32(int x, int y) {
  const int rest = rem_i32(x, y);
  return int(u32(div_i32(x, y)) - u32(rest != 0 && (rest < 0) != (y < 0)));
}

// Doubles tell a quotient below a whole number from the number.
__device__ __forceinline__ float floordiv_f32(float x, float y) {
  return float(floor(double(x) / double(y)));
}

__device__ __forceinline__ i64 floordiv_i64(i64 x, i64 y) {
  const i64 rest = rem_i64(x, y);
  return div_i64(x, y) - (rest != 0 && (rest < 0) != (y < 0));
}

// A NaN becomes 0, what is too large the number nearest to it.
__device__ __forceinline__ int f64_to_i32(double x) {
  return x != x ? 0 : __double2int_rz(x);
}

__device__ __forceinline__ u32 f64_to_u32(double x) {
  return x > 0.0 ? __double2uint_rz(x) : 0u;
}

__device__ __forceinline__ i64 f32_to_i64(float x) {
  return x != x ? 0 : __float2ll_rz(x);
}

__device__ __forceinline__ i64 f64_to_i64(double x) {
  return x != x ? 0 : __double2ll_rz(x);
}

__device__ __forceinline__ float decode_f16(u16 bits) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}

__device__ __forceinline__ u16 encode_f16(float x) {
  u16 bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}

__device__ __forceinline__ float decode_bf16(u16 bits) {
  return __uint_as_float(u32(bits) << 16);
}

__device__ __forceinline__ u16 encode_bf16(float x) {
  u16 bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}

// x^0 is 1, (±1)^±inf and 1^NaN are NaN.
__device__ __forceinline__ double pow_f64(double x, double y) {
  if (y == 0.0) return 1.0;
  if (y != y || (fabs(x) == 1.0 && fabs(y) == __longlong_as_double(0x7ff0000000000000ull)))
    return __longlong_as_double(0x7ff8000000000000ull);
  return pow(x, y);
}

__device__ __forceinline__ float pow_f32(float x, float y) {
  return float(pow_f64(double(x), double(y)));
}
`
