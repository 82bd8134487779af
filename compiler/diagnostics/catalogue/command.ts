/**
 * Diagnostics ESP5xxx. ESP50xx: the command line; ESP51xx: files in general; ESP52xx: tensor files; ESP53xx: what is run.
 * The examples are command lines; their test runs them in a folder with the tensor files of `test/unit/cli/example-files.ts`.
 */
import { commandLine } from './command-line.ts'
import { plainFiles } from './plain-files.ts'
import { tensorFiles } from './tensor-files.ts'
import { runs } from './runs.ts'

export const command = { ...commandLine, ...plainFiles, ...tensorFiles, ...runs }
