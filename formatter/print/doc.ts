/** The door to Prettier: its documents, without its files, options and languages. */
import { builders, printer } from 'prettier/doc'

export const doc = builders
export const printDocument = printer.printDocToString
export type Doc = builders.Doc
