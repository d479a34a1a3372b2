import tseslint from 'typescript-eslint';

/** What only `base/` may touch: the machine's clock and randomness. */
const clockAndRandomness = [
  { object: 'Date', property: 'now', message: 'Take the instant as an argument named `at`, or hold a Clock.' },
  { object: 'performance', property: 'now', message: 'Use Clock.elapsed().' },
  { object: 'Math', property: 'random', message: 'Take a Random through the constructor.' },
];
const timers = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Use Clock.schedule, Clock.sleep or Ticker.',
}));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '**/*.mjs', '**/*.mts'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    ignores: ['src/ui/**'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
  },
  {
    files: ['src/ui/**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { project: './src/ui/tsconfig.json', tsconfigRootDir: import.meta.dirname } },
  },
  {
    files: ['src/**/*.{ts,tsx}', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, attributes: false } },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-empty-function': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
      'max-lines': ['error', { max: 500, skipBlankLines: false, skipComments: false }],
    },
  },
  {
    files: ['src/**/*.ts'],
    // A browser has its own clock; the UI decides nothing that a test would have to replay.
    ignores: ['src/base/**', 'src/ui/**', 'src/**/*.spec.ts', 'src/**/*.bench.ts', 'src/**/testing/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...clockAndRandomness,
        { object: 'process', property: 'env', message: 'The environment is read in config/env.ts.' },
      ],
      'no-restricted-globals': ['error', ...timers],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Take the instant as an argument named `at`, or hold a Clock.',
        },
      ],
    },
  },
  {
    files: ['src/config/env.ts', 'src/register.ts'],
    rules: { 'no-restricted-properties': ['error', ...clockAndRandomness] },
  },
  {
    files: ['src/ui/**/*.{ts,tsx}'],
    rules: {
      // Pages and what is loaded when needed are a module's default.
      'no-restricted-exports': 'off',
      // Text from telemetry is never markup.
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'Text from telemetry is only ever a text node.',
        },
        {
          selector: 'AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]',
          message: 'Text from telemetry is only ever a text node.',
        },
      ],
    },
  },
  // What a component returns is always the same.
  { files: ['src/ui/**/*.tsx'], rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' } },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', '**/*.bench.ts', '**/testing/**/*.ts'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off', 'no-console': 'off' },
  },
);
