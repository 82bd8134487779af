/** Names that emitted text cannot give to anything. */

/** Keywords and reserved words, and the types and functions that emitted text uses. */
export const RESERVED = `
alias break case const const_assert continue continuing default diagnostic discard else enable false fn for if let loop override
requires return struct switch true var while
NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto await become cast catch class co_await co_return
co_yield coherent column_major common compile compile_fragment concept const_cast consteval constexpr constinit crate debugger
decltype delete demote demote_to_helper do dynamic_cast enum explicit export extends extern external fallthrough filter final
finally friend from fxgroup get goto groupshared highp impl implements import inline instanceof interface layout lowp macro
macro_rules match mediump meta mod module move mut mutable namespace new nil noexcept noinline nointerpolation non_coherent
noncoherent noperspective null nullptr of operator package packoffset partial pass patch pixelfragment precise precision premerge
priv protected pub public readonly ref regardless register reinterpret_cast require resource restrict self set shared sizeof smooth
snorm static static_assert static_cast std subroutine super target template this thread_local throw trait try type typedef typeid
typename typeof union unless unorm unsafe unsized use using varying virtual volatile wgsl where with writeonly yield
array atomic bool f16 f32 i32 u32 ptr vec2 vec3 vec4 bitcast select all any abs min max round floor ceil trunc sqrt sign clamp
countOneBits countTrailingZeros countLeadingZeros atomicLoad atomicStore atomicAdd atomicOr atomicXor atomicMax atomicMin
atomicCompareExchangeWeak workgroupBarrier storageBarrier workgroupUniformLoad subgroupAdd subgroupMax subgroupMin subgroupAnd
subgroupOr subgroupAny subgroupAll subgroupElect group groups thread worker workers points point GROUP_SIZE
TEAM CHUNKS lane self_lane live teams sweep subgroup_size group_start group_count group_counts subgroupShuffle subgroupShuffleXor subgroupShuffleUp extractBits
subgroupInclusiveAdd
`
  .trim()
  .split(/\s+/)
