// Lint rules: correctness, plus the size limits of the project (file 500 lines, function 80, blanks and comments apart).
import tseslint from 'typescript-eslint'

const size = {
  'max-lines': ['error', { max: 500 }],
  'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true, IIFEs: true }],
}

const correctness = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-console': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'object-shorthand': 'error',
  'no-else-return': 'error',
  'no-control-regex': 'off', // hostile input is matched on purpose
  'no-restricted-globals': ['error', { name: 'Date', message: 'Output must not depend on the clock.' }],
  'no-restricted-syntax': [
    'error',
    { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Results must be deterministic.' },
  ],
}

const typescript = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', '**/generated/', 'test/corpus/', 'bench/results/'] },
  ...tseslint.configs.recommended,
  { files: ['**/*.{ts,js,mjs}'], rules: { ...correctness, ...size } },
  { files: ['**/*.ts'], rules: typescript },
  // A suite is one long callback; programs that run on the machine may read its clock and write to its terminal.
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off' } },
  {
    files: ['{cli,test,tools,bench,examples}/**'],
    rules: { 'no-console': 'off', 'no-restricted-globals': 'off', 'no-restricted-syntax': 'off' },
  },
)
