/** Names that emitted text cannot give to anything. */

/** Keywords of C++, what CUDA declares and emitted text uses, and the names of emitted text itself. */
export const RESERVED: readonly string[] = `
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class co_await co_return
co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do double dynamic_cast else
enum explicit export extern false final float for friend goto if import inline int long module mutable namespace new noexcept not
not_eq nullptr operator or or_eq override private protected public register reinterpret_cast requires restrict return short signed
sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union
unsigned using virtual void volatile wchar_t while xor xor_eq main linux unix NULL
u8 u16 u32 u64 i8 i64 size_t uint2 uint4 min max abs signbit printf malloc free memcpy memset assert clock
exp log sin cos tanh pow sqrt floor ceil trunc rint fabs fmod y0 y1 yn j0 j1 jn gamma
threadIdx blockIdx blockDim gridDim warpSize T C S At at chunk team rows worker workers points point shared_words words stage
`
  .trim()
  .split(/\s+/)
