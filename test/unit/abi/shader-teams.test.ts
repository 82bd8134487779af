/** Which form of a kernel for teams of lanes a launch takes. */
import { describe, expect, test } from 'vitest'
import {
  OF_ONE_CHUNK,
  OF_SEVERAL_CHUNKS,
  shaderTeam,
  TEAM_CONSTANTS,
  teamFormName,
  teamShapes,
  withTeam,
} from '../../../abi/shader-teams.ts'

const halves = { kind: 'lanes', width: 8, held: 32, most: 32 } as const
const words = { kind: 'lanes', width: 8, held: 16, most: 16 } as const
const rows = { kind: 'group', width: 4, held: 16, most: 32 } as const
const many = { points: 1_000_000, subgroup: 32, most: 256 }

describe('teams of lanes', () => {
  test('rows in registers: the fewest lanes that hold what a lane can', () => {
    expect(shaderTeam({ shapes: [halves], width: 128, ...many })).toEqual({ kind: 'lanes', threads: 4, chunks: 4 })
    expect(shaderTeam({ shapes: [halves], width: 80, ...many })).toEqual({ kind: 'lanes', threads: 4, chunks: 3 })
    expect(shaderTeam({ shapes: [words], width: 128, ...many })).toEqual({ kind: 'lanes', threads: 8, chunks: 2 })
    expect(shaderTeam({ shapes: [words], width: 60, ...many })).toEqual({ kind: 'lanes', threads: 4, chunks: 2 })
    expect(shaderTeam({ shapes: [words], width: 129, ...many })).toEqual({ kind: 'lanes', threads: 16, chunks: 2 })
    expect(shaderTeam({ shapes: [{ ...words, width: 4 }], width: 512, ...many })).toEqual({
      kind: 'lanes',
      threads: 32,
      chunks: 4,
    })
  })

  test('what no team holds, or may be of any length, is for workgroups', () => {
    expect(shaderTeam({ shapes: [words], width: 513, ...many })).toBeNull()
    expect(shaderTeam({ shapes: [words], width: 65, points: 9, subgroup: 4, most: 256 })).toBeNull()
    expect(shaderTeam({ shapes: [halves], width: null, ...many })).toBeNull()
  })

  test('longer rows are held by a workgroup, as far as it can', () => {
    const both = [words, rows]
    expect(shaderTeam({ shapes: both, width: 512, ...many })).toEqual({ kind: 'lanes', threads: 32, chunks: 2 })
    expect(shaderTeam({ shapes: both, width: 513, ...many })).toEqual({ kind: 'group', threads: 64, chunks: 4 })
    expect(shaderTeam({ shapes: both, width: 4096, ...many })).toEqual({ kind: 'group', threads: 256, chunks: 4 })
    expect(shaderTeam({ shapes: both, width: 4097, ...many })).toEqual({ kind: 'group', threads: 256, chunks: 8 })
    expect(shaderTeam({ shapes: both, width: 8193, ...many })).toBeNull()
    expect(shaderTeam({ shapes: [words, { ...rows, most: 16 }], width: 4097, ...many })).toBeNull()
    expect(shaderTeam({ shapes: [rows], width: 20, ...many, subgroup: 4 })).toEqual({ kind: 'group', threads: 64, chunks: 2 })
    expect(shaderTeam({ shapes: [rows], width: null, ...many })).toBeNull()
  })

  test('few rows get more lanes each', () => {
    expect(shaderTeam({ shapes: [halves], width: 128, points: 64, subgroup: 32, most: 256 })).toEqual({
      kind: 'lanes',
      threads: 16,
      chunks: 1,
    })
  })

  test('loops over memory have no bound, where there are threads enough', () => {
    const open = { kind: 'lanes', width: 1, held: null, most: null } as const
    expect(shaderTeam({ shapes: [open], width: 100_000, ...many })).toEqual({ kind: 'lanes', threads: 32, chunks: 1 })
    expect(shaderTeam({ shapes: [open], width: 100_000, points: 8, subgroup: 32, most: 256 })).toBeNull()
  })

  test('a text says which kernels have the form, and takes the numbers of a team', () => {
    const text = `// --- kernel a: ${teamFormName(halves)}\n// --- kernel a: ${teamFormName(rows)}\n// --- kernel b: ${teamFormName({ kind: 'lanes', width: 1, held: null, most: null })}\n${TEAM_CONSTANTS}`
    expect([...teamShapes(text)]).toEqual([
      ['a', [halves, rows]],
      ['b', [{ kind: 'lanes', width: 1, held: null, most: null }]],
    ])
    expect(withTeam(text, { threads: 4, chunks: 3 })).toContain('const TEAM: u32 = 4u;\nconst CHUNKS: u32 = 3u;')
  })

  test('lines that are for one chunk, or for several, go where they are not wanted', () => {
    const text = `a\nb${OF_ONE_CHUNK}\nc${OF_SEVERAL_CHUNKS}\nd`
    expect(withTeam(text, { threads: 4, chunks: 1 })).toBe(`a\nb${OF_ONE_CHUNK}\nd`)
    expect(withTeam(text, { threads: 4, chunks: 2 })).toBe(`a\nc${OF_SEVERAL_CHUNKS}\nd`)
  })
})
