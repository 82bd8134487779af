/** Which form of a kernel for teams of lanes a launch takes. */
import { describe, expect, test } from 'vitest'
import { shaderTeam, TEAM_CONSTANTS, teamFormName, teamShapes, withTeam } from '../../../abi/shader-teams.ts'

const halves = { width: 8, held: 32 }
const words = { width: 8, held: 16 }
const many = { points: 1_000_000, subgroup: 32 }

describe('teams of lanes', () => {
  test('rows in registers: the fewest lanes that hold what a lane can', () => {
    expect(shaderTeam({ shape: halves, width: 128, ...many })).toEqual({ threads: 4, chunks: 4 })
    expect(shaderTeam({ shape: halves, width: 80, ...many })).toEqual({ threads: 4, chunks: 3 })
    expect(shaderTeam({ shape: words, width: 128, ...many })).toEqual({ threads: 8, chunks: 2 })
    expect(shaderTeam({ shape: words, width: 60, ...many })).toEqual({ threads: 4, chunks: 2 })
    expect(shaderTeam({ shape: words, width: 129, ...many })).toEqual({ threads: 16, chunks: 2 })
    expect(shaderTeam({ shape: { ...words, width: 4 }, width: 512, ...many })).toEqual({ threads: 32, chunks: 4 })
  })

  test('what no team holds, or may be of any length, is for workgroups', () => {
    expect(shaderTeam({ shape: words, width: 513, ...many })).toBeNull()
    expect(shaderTeam({ shape: words, width: 65, points: 9, subgroup: 4 })).toBeNull()
    expect(shaderTeam({ shape: halves, width: null, ...many })).toBeNull()
  })

  test('few rows get more lanes each', () => {
    expect(shaderTeam({ shape: halves, width: 128, points: 64, subgroup: 32 })).toEqual({ threads: 16, chunks: 1 })
  })

  test('loops over memory have no bound, where there are threads enough', () => {
    const open = { width: 1, held: null }
    expect(shaderTeam({ shape: open, width: 100_000, ...many })).toEqual({ threads: 32, chunks: 1 })
    expect(shaderTeam({ shape: open, width: 100_000, points: 8, subgroup: 32 })).toBeNull()
  })

  test('a text says which kernels have the form, and takes the numbers of a team', () => {
    const text = `// --- kernel a: ${teamFormName(halves)}\n// --- kernel b: ${teamFormName({ width: 1, held: null })}\n${TEAM_CONSTANTS}`
    expect([...teamShapes(text)]).toEqual([
      ['a', halves],
      ['b', { width: 1, held: null }],
    ])
    expect(withTeam(text, { threads: 4, chunks: 3 })).toContain('const TEAM: u32 = 4u;\nconst CHUNKS: u32 = 3u;')
  })
})
