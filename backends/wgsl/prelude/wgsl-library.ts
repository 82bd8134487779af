/** The shared functions of WGSL modules. */
import { Library } from '../../source/library.ts'
import { doubleArithmetic } from './double-arithmetic.ts'
import { doubleBits } from './double-bits.ts'
import { doubleFunctions } from './double-functions.ts'
import { functions } from './functions.ts'
import { half } from './half.ts'
import { numbers } from './numbers.ts'

const SHEETS = [numbers, half, functions, doubleBits, doubleArithmetic, doubleFunctions]

export const wgslLibrary = (): Library => new Library(SHEETS, /^(?:fn|alias|const|struct) (\w+)/m)
